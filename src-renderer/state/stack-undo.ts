import type { ObjectRef, StackDeploy, StackPlan, Stacks } from '../../src-main/common/contract/index.ts'
import { hasReason } from '../../src-main/common/errors.ts'

/** How a deploy is taken back: by removing the whole stack, or by deploying what was there and then removing what was made beside it. */
export type WayBack = { readonly stack: string } | { readonly deploys: readonly StackDeploy[]; readonly made: readonly ObjectRef[] }

/** What a deploy of services of no stack may do and be taken back. (A network is in use until its last task has ended.) */
const LOOSE: Readonly<Record<string, readonly string[]>> = { Service: ['create', 'update'], Secret: ['create'], Config: ['create'] }

/**
 * The way back from a deploy that is about to be done, read from what is there now. Undefined: there is none that would bring all of it back; so it is where something is there that a Compose
 * file cannot say, or that could not be read.
 */
export async function wayBack(stacks: Pick<Stacks, 'readBack'>, { stack = '', changes }: StackPlan): Promise<WayBack | undefined> {
  const wanted = changes.filter(({ action }) => action !== 'unchanged')
  try {
    if (stack !== '') {
      const { text, lost } = await stacks.readBack({ stack })
      return lost.length > 0 ? undefined : { deploys: [{ text, prune: true }], made: [] }
    }
    if (wanted.some(({ ref, action }) => LOOSE[ref.kind]?.includes(action) !== true)) return undefined
    const before = await Promise.all(wanted.filter(({ action }) => action === 'update').map(({ ref }) => stacks.readBack({ service: ref.name })))
    if (before.some(({ lost }) => lost.length > 0)) return undefined
    // Services go before the secrets and configs that they have.
    return { deploys: before.map(({ text }) => ({ text })), made: wanted.filter(({ action }) => action === 'create').map(({ ref }) => ref).reverse() }
  } catch (error) {
    return stack !== '' && hasReason(error, 'NotFound') ? { stack } : undefined
  }
}

/**
 * The same way after secrets and configs were rotated. What a config held is in the text; what a secret held is known to nobody any more: undefined, then. It is found by planning the way: it has to
 * change the contents of all that was rotated.
 */
export async function wayBackFromRotation(stacks: Pick<Stacks, 'plan'>, way: WayBack, rotated: StackPlan['changed']): Promise<WayBack | undefined> {
  if (rotated.length === 0 || 'stack' in way) return way
  const deploys = way.deploys.map((deploy) => ({ ...deploy, rotate: true }))
  const plans = await Promise.all(deploys.map((deploy) => stacks.plan(deploy)))
  const back = plans.flatMap(({ changed }) => changed)
  const isWhole = plans.every(({ problems }) => problems.every(({ severity }) => severity !== 'error')) && rotated.every(({ kind, name }) => back.some((one) => one.kind === kind && one.name === name))
  return isWhole ? { ...way, deploys } : undefined
}
