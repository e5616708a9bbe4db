import type { AdmissionRequest } from '../request.ts'
import { type Hook, type HookContext, ask, matchedBy } from './hook.ts'

/** Asks the webhooks that may refuse what is written, all at once. Throws what the first of them that does says; all are waited for. */
export async function validate(hooks: readonly Hook[], request: AdmissionRequest, context: HookContext): Promise<void> {
  const answers = await Promise.allSettled(hooks.map(async (hook) => {
    const matched = await matchedBy(hook, request, context)
    if (matched !== undefined) await ask(hook, request, matched, false, context)
  }))
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
}
