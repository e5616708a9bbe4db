import { readCompose } from '../../common/compose/read.ts'
import type { Plan, Problem } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import type { RegistryLogins } from '../../swarm/cluster/registry-logins.ts'
import type { StackTexts } from '../../swarm/cluster/swarm-cluster.ts'
import { applyStack } from '../../swarm/stack/apply/apply.ts'
import type { ApplyOptions } from '../../swarm/stack/apply/decide.ts'
import { planStack } from '../../swarm/stack/apply/plan.ts'
import { stackOf } from '../../swarm/stack/stack-of.ts'
import type { StackReading } from '../../swarm/stack/stack-of.ts'
import type { SwarmState } from '../../swarm/state/swarm-state.ts'

/** What the editor's Compose texts do to a swarm. The stack is called what `name:` says; `docker stack deploy` takes it from its command line. */
export function stackTexts(state: Pick<SwarmState, 'synced' | 'managerHost'>, logins: Pick<RegistryLogins, 'for'>): StackTexts {
  const optionsFor = (stack: string): ApplyOptions => ({ auth: (image) => logins.for(stack, image) })
  const plan = async (reading: StackReading): Promise<Plan> => {
    await state.synced
    return planStack(state.managerHost.docker, reading, optionsFor(reading.stack.name))
  }
  return {
    plan: async (text) => {
      const reading = readStackText(text)
      return Array.isArray(reading) ? { changes: [], problems: reading } : plan(reading)
    },
    apply: async (text) => {
      const reading = readStackText(text)
      if (Array.isArray(reading)) return { changes: [], problems: reading }
      const planned = await plan(reading)
      if (planned.problems.some(({ severity }) => severity === 'error')) return planned
      try {
        await applyStack(state.managerHost.docker, reading, optionsFor(reading.stack.name))
        return planned
      } catch (error) {
        if (!(error instanceof StatusError)) throw error
        return { changes: planned.changes, problems: [...planned.problems, { severity: 'error', message: error.message }] }
      }
    },
  }
}

/** The stack that a text describes, or why there is none. Nothing beside the text can be read: files that it names are refused, with their place. */
export function readStackText(text: string): StackReading | Problem[] {
  const { model, problems, place } = readCompose(text)
  if (model === undefined) return problems
  const { name } = model
  if (name === undefined) return [...problems, { severity: 'error', message: 'The stack has no name: write one at the top, such as "name: shop". Its services are then called shop_web and so on.', line: 1, column: 1, field: 'name' }]
  const { name: _, ...named } = model
  const reading = stackOf(named, name, { place })
  return { ...reading, problems: [...problems, ...reading.problems] }
}
