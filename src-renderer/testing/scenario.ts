import type { FakeSwarmScenario } from './fake-swarm.ts'

/** How the fake behaves: as a lively cluster, an empty one, one without a node, one that never answers, one that fails, one whose Docker is stopped, a big one, one with servers in trouble, one that another desk drives, or a swarm. */
export type Scenario = 'lively' | 'empty' | 'bare' | 'loading' | 'error' | 'offline' | 'big' | 'servers' | 'looks-on' | FakeSwarmScenario

/** Is it one of a swarm? */
export function isSwarm(scenario: Scenario): scenario is FakeSwarmScenario {
  return scenario.startsWith('swarm')
}

/** Does something run in it? */
export function isFilled(scenario: Scenario): boolean {
  return !['empty', 'bare', 'swarm-new', 'swarm-empty', 'swarm-lost'].includes(scenario)
}
