import type { Plan, Problem } from '../../common/contract/index.ts'
import { hasReason, toStatusError } from '../../common/errors.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import { statusProblems } from './findings.ts'
import type { ManifestApi } from './manifest-api.ts'
import type { Step } from './planner.ts'
import { planText } from './planner.ts'

/** A step that was done, and what it wrote. */
interface Done {
  readonly step: Step
  readonly written: Readonly<KubeObject>
}

/**
 * Applies a text: all of it or nothing. Nothing is written unless every document passed its dry run; when the server then still refuses one
 * (somebody else wrote in between), what was written before it is taken back, and the problem says so.
 */
export async function applyText(api: ManifestApi, text: string): Promise<Plan> {
  return attempt(api, text, STATUS_RETRIES)
}

async function attempt(api: ManifestApi, text: string, retries: number): Promise<Plan> {
  const { steps, plan } = await planText(api, text)
  if (plan.problems.some(({ severity }) => severity === 'error')) return plan
  const done: Done[] = []
  for (const step of steps) {
    if (step.change.action === 'unchanged' && hasNote(step)) continue
    try {
      const { resource, ref, body, live } = step
      const written = live === undefined ? await api.create(resource, ref.namespace, body, false) : await api.update(resource, ref.namespace, ref.name, body, false)
      done.push({ step, written })
    } catch (error) {
      if (retries > 0 && done.length === 0 && hasReason(error, 'Conflict') && await isStatusOnly(api, step)) return attempt(api, text, retries - 1)
      const outcome = await takeBack(api, done)
      const problems = statusProblems(step.document, toStatusError(error)).map((p): Problem => ({ ...p, message: `${p.message} ${outcome}` }))
      return { changes: plan.changes, problems }
    }
  }
  return plan
}

/** Controllers write a status at any moment; nobody need hear that one came in between. */
const STATUS_RETRIES = 3

/** Is what was written in between no change of what a person means? Kinds that do not count their changes cannot tell. */
async function isStatusOnly(api: ManifestApi, { resource, ref, live }: Step): Promise<boolean> {
  const { uid, generation } = live?.metadata ?? {}
  const now = await api.get(resource, ref.namespace, ref.name)
  return now !== undefined && generation !== undefined && now.metadata.uid === uid && now.metadata.generation === generation
}

/** An unchanged object without the note of what was applied is written once more, for the note. */
function hasNote({ live, body }: Step): boolean {
  const annotations = (object: unknown): unknown => (object as { metadata?: { annotations?: unknown } }).metadata?.annotations
  return JSON.stringify(annotations(live) ?? {}) === JSON.stringify(annotations(body) ?? {})
}

/** Undoes what was done, the last first, and says in a sentence how the cluster is now. */
async function takeBack(api: ManifestApi, done: readonly Done[]): Promise<string> {
  if (done.length === 0) return 'Nothing was changed.'
  const left: string[] = []
  for (const { step, written } of [...done].reverse()) {
    const name = `${step.ref.kind} "${step.ref.name}"`
    try {
      await undo(api, step, written)
    } catch (error) {
      if (!hasReason(error, 'NotFound')) left.push(`${name} (${toStatusError(error).message})`)
    }
  }
  const names = done.map(({ step }) => `${step.ref.kind} "${step.ref.name}"`).join(', ')
  if (left.length === 0) return `Nothing of this text is in effect: what had been applied before it was taken back (${names}).`
  return `Before it were applied: ${names}. This could not be taken back and is still in effect: ${left.join(', ')}.`
}

async function undo(api: ManifestApi, { resource, ref, live }: Step, written: Readonly<KubeObject>): Promise<void> {
  if (live === undefined) return api.delete(resource, ref.namespace, ref.name, written.metadata.uid)
  const current = await api.get(resource, ref.namespace, ref.name)
  if (current === undefined) return
  await api.update(resource, ref.namespace, ref.name, { ...live, metadata: { ...live.metadata, resourceVersion: current.metadata.resourceVersion } }, false)
}
