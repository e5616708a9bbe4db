import { expect, test } from 'vitest'
import type { ContainerServiceSpec } from '../../docker/specs.ts'
import type { LiveSwarm } from '../live-stack.ts'
import { readBackService } from '../read-back/read-back.ts'
import { readStack } from '../testing/fixtures.ts'
import { decideStack } from './decide.ts'

/** As a manager keeps what `docker service create` of Docker 20.10 sent it. */
const spec: ContainerServiceSpec = {
  Name: 'cli', Labels: { team: 'x' },
  TaskTemplate: {
    ContainerSpec: { Image: `busybox:1.35@sha256:${'4'.repeat(64)}`, Args: ['sleep', '9999'], Env: ['B=2', 'A=1'], Init: false, DNSConfig: {}, Isolation: 'default' },
    Resources: { Limits: {}, Reservations: {} }, Placement: { Platforms: [{ Architecture: 'amd64', OS: 'linux' }] }, ForceUpdate: 3, Runtime: 'container',
  },
  Mode: { Replicated: { Replicas: 2 } }, EndpointSpec: { Mode: 'dnsrr' },
}
const swarm: LiveSwarm = { services: [{ id: 's', version: 1, spec, state: undefined }], networks: [], secrets: [], configs: [] }

/** What an edit of the service's text makes of its spec. */
function edited(edit: (text: string) => string): ContainerServiceSpec | undefined {
  const { stack, problems } = readStack(edit(readBackService(swarm, 'cli').text), '')
  expect(problems).toEqual([])
  const step = decideStack(stack, swarm, [], new Map(), {}).steps.find((one) => one.do === 'update service')
  return step?.do === 'update service' ? step.spec : undefined
}

test('another number of replicas leaves the template of the tasks to the letter, so that the manager replaces none', () => {
  const after = edited((text) => text.replace('replicas: 2', 'replicas: 3'))
  expect([after?.Mode, after?.TaskTemplate, after?.EndpointSpec]).toEqual([{ Replicated: { Replicas: 3 } }, spec.TaskTemplate, spec.EndpointSpec])
})

test('what an edit is about changes, and that alone', () => {
  const after = edited((text) => text.replace('replicas: 2', 'replicas: 2\n      placement:\n        constraints: [node.role == worker]'))
  expect(after?.TaskTemplate).toEqual({ ...spec.TaskTemplate, Placement: { ...spec.TaskTemplate.Placement, Constraints: ['node.role == worker'] } })
  const limited = edited((text) => text.replace('replicas: 2', 'replicas: 2\n      resources:\n        limits: {memory: 32m}'))
  expect(limited?.TaskTemplate.Resources?.Limits).toEqual({ MemoryBytes: 32 * 1024 ** 2 })
})

test('what an edit takes away does not stay', () => {
  const after = edited((text) => text.replace(/ +environment:\n(?: +[AB]: .*\n)+/, '').replace(/ +endpoint_mode: dnsrr\n/, ''))
  expect([after?.TaskTemplate.ContainerSpec.Env, after?.EndpointSpec?.Mode, after?.TaskTemplate.Resources]).toEqual([undefined, undefined, spec.TaskTemplate.Resources])
})
