import type { Contract, EngineState, Preferences } from '../../src-main/common/contract/index.ts'
import { FakeAutoscaling } from './fake-autoscaling.ts'
import { FakeDoctor } from './fake-doctor.ts'
import { FakeDriving } from './fake-driving.ts'
import { FakeGuide } from './fake-guide.ts'
import { FakeModes } from './fake-modes.ts'
import { FakeMoves } from './fake-moves.ts'
import { FakeJobs } from './fake-jobs.ts'
import { FakePlacement } from './fake-placement.ts'
import { FakeRebalance } from './fake-rebalance.ts'
import { FakeResources } from './fake-resources.ts'
import { FakeServers } from './fake-servers.ts'
import { FakeStacks } from './fake-stacks.ts'
import { FakeCluster } from './fake-cluster.ts'
import { isSwarm } from './scenario.ts'
import type { Scenario } from './scenario.ts'

/** All of the contract in memory. */
export function fakeContract(scenario: Scenario = 'lively'): Contract & { cluster: FakeCluster } {
  let preferences: Preferences = { language: 'system', theme: 'system' }
  const engine: EngineState = scenario === 'offline'
    ? { state: 'running', docker: { state: 'unreachable', message: 'Docker is not running here: there is no socket at /var/run/docker.sock. Start Docker (or Docker Desktop), or install it.' } }
    : scenario === 'loading' ? { state: 'starting', message: 'Reading the store', docker: { state: 'connecting' } } : { state: 'running', docker: { state: 'connected' } }
  const cluster = new FakeCluster(scenario)
  return {
    cluster,
    resources: new FakeResources((open) => cluster.through(open), scenario === 'big'),
    servers: new FakeServers(cluster.world, scenario),
    driving: new FakeDriving(scenario),
    volumes: cluster.volumes,
    jobs: new FakeJobs((open) => cluster.through(open), scenario !== 'empty' && scenario !== 'bare'),
    autoscaling: new FakeAutoscaling((open) => cluster.through(open)),
    modes: new FakeModes(isSwarm(scenario) ? 'swarm' : 'kubernetes'),
    stacks: new FakeStacks((open) => cluster.through(open), scenario === 'swarm'),
    moves: new FakeMoves(),
    swarm: cluster.swarm,
    doctor: new FakeDoctor({ well: scenario === 'swarm-empty', fails: scenario === 'swarm-lost' }),
    guide: new FakeGuide(scenario === 'big' ? 8 : 3),
    placement: new FakePlacement(cluster.world, scenario === 'error'),
    rebalance: new FakeRebalance(cluster.world, { fails: scenario === 'error' }),
    clusters: {
      watchEngine: async function* () {
        yield engine
        await new Promise(() => undefined)
      },
    },
    settings: {
      read: () => Promise.resolve(preferences),
      write: (change) => Promise.resolve((preferences = { ...preferences, ...change })),
    },
    desktop: { abilities: () => Promise.resolve([]), openExternal: () => Promise.resolve(), saveFile: () => Promise.resolve(false), openFile: () => Promise.resolve(undefined) },
  }
}
