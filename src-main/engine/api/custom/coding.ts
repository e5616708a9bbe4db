import { jsonCopy } from '../../../common/json.ts'
import type { CustomResourceConversion } from '../../../common/kube/generated/apiextensions-v1.ts'
import { type KubeObject, deepFreeze } from '../../../common/kube/object.ts'
import type { Coding } from '../registry/kind.ts'
import type { WebhookCaller } from '../webhooks/caller.ts'
import { convertByWebhook } from './conversion-webhook.ts'
import { applyDefaults, hasDefaults } from './schema/defaults.ts'
import type { JsonSchema } from './schema/json-schema.ts'

/** What one version's coding is made of. */
export interface CodingOptions {
  /** `example.com/v1`: this version, and the one that is stored. */
  readonly apiVersion: string
  readonly storedVersion: string
  readonly schema: JsonSchema
  readonly conversion: CustomResourceConversion | undefined
  readonly webhooks: WebhookCaller
}

/** How objects of one version of a custom kind are read and stored: their version is changed (or a webhook changes them), and what the schema gives is filled in. */
export function codingOf({ apiVersion, storedVersion, schema, conversion, webhooks }: CodingOptions): Coding {
  const webhook = conversion?.strategy === 'Webhook' ? conversion.webhook : undefined
  const filling = hasDefaults(schema)
  const views = new WeakMap<KubeObject, KubeObject>()
  const shown = (object: KubeObject): KubeObject => {
    if (!filling) return deepFreeze(object)
    const copy = jsonCopy(object)
    applyDefaults(copy, schema)
    return deepFreeze(copy)
  }
  const view = (stored: Readonly<KubeObject>): KubeObject | undefined => {
    if (stored.apiVersion === apiVersion && !filling) return stored
    if (stored.apiVersion !== apiVersion && webhook !== undefined) return undefined
    const known = views.get(stored)
    if (known !== undefined) return known
    const seen = shown({ ...stored, apiVersion })
    views.set(stored, seen)
    return seen
  }
  return {
    byWebhook: webhook !== undefined,
    view,
    async decode(objects) {
      const foreign = objects.filter((object) => object.apiVersion !== apiVersion)
      const converted = webhook === undefined ? foreign.map((object) => ({ ...object, apiVersion })) : await byVersion(foreign, (some) => convertByWebhook(webhooks, webhook, some, apiVersion))
      const all = new Map(foreign.map((object, i) => [object, converted[i] as KubeObject]))
      return objects.map((object) => {
        const made = all.get(object)
        return made === undefined ? (view(object) ?? object) : shown(made)
      })
    },
    encode(object) {
      if (apiVersion === storedVersion) return object
      if (webhook === undefined) return { ...object, apiVersion: storedVersion }
      return convertByWebhook(webhooks, webhook, [object], storedVersion).then(([made]) => made ?? object)
    },
  }
}

/** Objects of one version go to the webhook together. */
async function byVersion(objects: readonly KubeObject[], convert: (some: readonly KubeObject[]) => Promise<KubeObject[]>): Promise<KubeObject[]> {
  const made = new Map<KubeObject, KubeObject>()
  for (const version of new Set(objects.map((object) => object.apiVersion))) {
    const some = objects.filter((object) => object.apiVersion === version)
    for (const [i, object] of (await convert(some)).entries()) made.set(some[i] as KubeObject, object)
  }
  return objects.map((object) => made.get(object) ?? object)
}
