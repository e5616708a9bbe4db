import { randomUUID } from 'node:crypto'
import { StatusError, messageOf } from '../../../../common/errors.ts'
import type { MutatingWebhook } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import type { WebhookClientConfig } from '../../../../common/kube/generated/apiextensions-v1.ts'
import { groupResourceOf } from '../../../../common/kube/resource.ts'
import type { Lookup } from '../../registry/kind.ts'
import type { Schemas } from '../../schema.ts'
import type { WebhookCaller } from '../../webhooks/caller.ts'
import { deniedBy } from '../denial.ts'
import type { Conditions } from '../expressions/conditions.ts'
import { conditionsOf } from '../expressions/conditions.ts'
import type { Matched } from '../expressions/names.ts'
import { namesOf } from '../expressions/names.ts'
import { type Surroundings, matchedKind } from '../match.ts'
import type { AdmissionRequest } from '../request.ts'
import { inVersion } from '../versions.ts'
import { type Verdict, readVerdict, reviewOf, reviewVersion } from './review.ts'

const USUAL_TIMEOUT_S = 10

/** One webhook of a configuration, of either sort. */
export interface Hook {
  readonly configuration: string
  readonly webhook: Readonly<MutatingWebhook>
  readonly conditions: Conditions
}

/** What hooks are asked with. */
export interface HookContext extends Surroundings {
  readonly lookup: Pick<Lookup, 'get' | 'list'>
  readonly caller: WebhookCaller
  readonly schemas: Schemas
}

/** The webhooks of one sort of configurations: by the configurations' names, then as they stand there. */
export function hooksOf(configurations: readonly { metadata: { name: string }; webhooks?: readonly Readonly<MutatingWebhook>[] }[]): Hook[] {
  return [...configurations].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap(({ metadata, webhooks = [] }) => webhooks.map((webhook) => ({ configuration: metadata.name, webhook, conditions: conditionsOf(webhook.matchConditions) })))
}

/** The request in the version that the webhook is to see; undefined where it is not asked. Forbidden where its conditions cannot be evaluated, and it does not ignore that. */
export async function matchedBy({ webhook, conditions }: Hook, request: AdmissionRequest, context: HookContext): Promise<Matched | undefined> {
  const { rules = [], matchPolicy, namespaceSelector, objectSelector } = webhook
  const kind = matchedKind({ rules, matchPolicy, namespaceSelector, objectSelector }, request, context)
  if (kind === undefined) return undefined
  // What is no object of the resource's own kind has no other versions.
  const seen = async <T extends AdmissionRequest['object']>(object: T): Promise<T> => (object === undefined || request.objectKind !== undefined ? object : await inVersion(object, request.kind, kind) as T)
  const matched: Matched = { kind, object: await seen(request.object), oldObject: await seen(request.oldObject as AdmissionRequest['object']) }
  try {
    return conditions.hold(() => namesOf(request, matched, context.lookup)) ? matched : undefined
  } catch (error) {
    if (webhook.failurePolicy === 'Ignore') return undefined
    const { kind: { resource: { group, plural } }, name } = request
    throw new StatusError('Forbidden', `${groupResourceOf({ group, plural })} "${name}" is forbidden: ${messageOf(error)}`, { name, group, kind: plural })
  }
}

/** Asks a webhook, in a dry run too: none is taken that has side effects then. Undefined where it fails and that is to be ignored. Throws its refusal; InternalError where it fails and that counts. */
export async function ask({ webhook }: Hook, request: AdmissionRequest, matched: Matched, mutating: boolean, context: HookContext): Promise<Verdict | undefined> {
  const { name, clientConfig, admissionReviewVersions, timeoutSeconds = USUAL_TIMEOUT_S, failurePolicy } = webhook
  let verdict: Verdict
  try {
    verdict = await call()
  } catch (error) {
    if (failurePolicy === 'Ignore') {
      request.write.annotate?.(`failed-open.${mutating ? 'mutating' : 'validating'}.webhook.admission.k8s.io/${name}`, name)
      return undefined
    }
    throw new StatusError('InternalError', `Internal error occurred: failed calling webhook ${JSON.stringify(name)}: ${messageOf(error)}`)
  }
  for (const [key, value] of Object.entries(verdict.annotations)) request.write.annotate?.(`${name}/${key}`, value)
  for (const warning of verdict.warnings) request.write.warn?.(warning)
  if (!verdict.allowed) throw deniedBy(name, verdict.result)
  return verdict

  async function call(): Promise<Verdict> {
    const [uid, version] = [randomUUID(), reviewVersion(admissionReviewVersions)]
    let answer: unknown
    try {
      answer = await context.caller.call(clientConfig as WebhookClientConfig, reviewOf(request, matched, version, uid), timeoutSeconds * 1000, `timeout=${String(timeoutSeconds)}s`)
    } catch (error) {
      throw new Error(`failed to call webhook: ${messageOf(error)}`, { cause: error })
    }
    try {
      return readVerdict(answer, version, uid, mutating)
    } catch (error) {
      throw new Error(`received invalid webhook response: ${messageOf(error)}`, { cause: error })
    }
  }
}
