import { FakeClock } from '../../../common/fake-clock.ts'
import { containerRuntimeConformance } from '../testing/container-runtime.conformance.ts'
import { simulatedRuntime } from './simulated-runtime.ts'

containerRuntimeConformance('simulated', () => {
  const clock = new FakeClock()
  const node = simulatedRuntime({ clusterId: 'c', clock, hostname: 'h', cpus: 2, memoryBytes: 2 ** 30, behaviours: { ends: { runMs: 200, exitCode: 3 } } })
  return Promise.resolve({
    runtime: node.containers, labels: { a: 'b' }, steady: { image: 'steady' }, ends: { image: 'ends' }, sandbox: { image: 'sandbox' },
    pass: (ms: number) => clock.advance(ms),
    until: async (done: () => boolean | Promise<boolean>) => {
      for (let i = 0; i < 100 && !(await done()); i++) await clock.advance(50)
      if (!(await done())) throw new Error('it never came about')
    },
  })
})
