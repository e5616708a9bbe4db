import { StatusError, messageOf } from '../../../../common/errors.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'
import { apiVersionOf } from '../../../../common/kube/resource.ts'
import { applyJsonPatch } from '../../patch/json-patch.ts'
import { same } from '../../rest/same.ts'
import type { AdmissionRequest } from '../request.ts'
import { inVersion } from '../versions.ts'
import { type Hook, type HookContext, ask, matchedBy } from './hook.ts'
import type { Verdict } from './review.ts'

/** Fills in what a changed object lacks, as was done before webhooks saw it. */
export type Complete = (object: KubeObject) => KubeObject

/**
 * Asks the webhooks that may change what is written, one after the other, each about what those before it left. One that is called again `IfNeeded`
 * is so once, where somebody changed the object after it. Returns the object as they want it: the request's own where none changed it.
 */
export async function mutate(hooks: readonly Hook[], request: AdmissionRequest, context: HookContext, complete: Complete): Promise<KubeObject | undefined> {
  const first = await pass(hooks, request, context, complete)
  // What was filled in after the last of them may be news to all.
  const again = first.again.size > 0 ? await pass(hooks.filter((hook) => first.again.has(hook)), { ...request, object: first.object }, context, complete) : first
  return again.object
}

async function pass(hooks: readonly Hook[], request: AdmissionRequest, context: HookContext, complete: Complete): Promise<{ object: KubeObject | undefined; again: ReadonlySet<Hook> }> {
  let { object } = request
  const [reinvocable, again] = [new Set<Hook>(), new Set<Hook>()]
  for (const [i, hook] of hooks.entries()) {
    const now = { ...request, object }
    const matched = await matchedBy(hook, now, context)
    if (matched === undefined) continue
    const verdict = await ask(hook, now, matched, true, context)
    const next = verdict === undefined ? object : await changed(hook, now, matched.kind, matched.object, verdict, context, complete)
    const mutated = next !== object
    request.write.annotate?.(`mutation.webhook.admission.k8s.io/round_0_index_${String(i)}`, JSON.stringify({ configuration: hook.configuration, webhook: hook.webhook.name, mutated }))
    if (mutated) for (const earlier of reinvocable) again.add(earlier)
    if (hook.webhook.reinvocationPolicy === 'IfNeeded') reinvocable.add(hook)
    object = next
  }
  return { object, again }
}

/** What a verdict's patch makes of the object; the very same one where it changes nothing. */
async function changed({ webhook: { name } }: Hook, request: AdmissionRequest, kind: AdmissionRequest['kind'], seen: Readonly<KubeObject> | undefined, { patch }: Verdict, { schemas }: HookContext, complete: Complete): Promise<KubeObject | undefined> {
  if (patch === undefined) return request.object
  const no = (why: string): StatusError => new StatusError('InternalError', `Internal error occurred: ${why}`)
  let operations: unknown
  try {
    operations = JSON.parse(patch)
  } catch (error) {
    throw no(messageOf(error))
  }
  if (Array.isArray(operations) && operations.length === 0) return request.object
  if (seen === undefined || request.object === undefined) throw no(`admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`)
  let value: Record<string, unknown>
  try {
    const patched = applyJsonPatch(seen, operations) as Record<string, unknown>
    if (same(patched, seen)) return request.object
    const read = schemas.check(request.objectKind ?? kind.resource, patched)
    if (read.wrong.length > 0) throw new Error(read.wrong.map(({ message }) => message).join(', '))
    value = read.value
  } catch (error) {
    throw no(messageOf(error))
  }
  if (request.objectKind !== undefined) return complete(value as unknown as KubeObject)
  // Whatever else a patch may do, the object stays one of its kind.
  const whole = { metadata: {}, ...value, apiVersion: apiVersionOf(kind.resource), kind: kind.resource.kind } as unknown as KubeObject
  return complete(await inVersion(whole, kind, request.kind))
}
