import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCompose } from '../../../common/compose/read.ts'
import { composeModels } from '../../../common/compose/testing/arbitrary.ts'
import type { LiveFile, LiveSwarm } from '../live-stack.ts'
import { VERSION_OF } from '../live-stack.ts'
import { normalService } from '../normal.ts'
import type { ContainerServiceSpec } from '../../docker/specs.ts'
import type { Stack, StackFile } from '../stack-of.ts'
import { stackOf } from '../stack-of.ts'
import { readStack } from '../testing/fixtures.ts'
import { readBack } from './read-back.ts'

/** A swarm that has this stack, as a manager would tell it. */
function swarmWith(stack: Stack, change: (spec: ContainerServiceSpec) => ContainerServiceSpec = (spec) => spec): LiveSwarm {
  const files = (all: readonly StackFile[]): LiveFile[] => all.map(({ spec, contents }, i) => ({ id: `f${String(i)}`, version: 1, spec, createdAt: '2026-01-01T00:00:00Z', contents }))
  return {
    services: stack.services.map((spec, i) => ({ id: `s${String(i)}`, version: 1, spec: normalService(change(spec)), state: undefined })),
    networks: stack.networks.map((spec, i) => ({ id: `n${String(i)}`, spec, scope: 'swarm' })), secrets: files(stack.secrets), configs: files(stack.configs),
  }
}

const withContainer = (change: Partial<ContainerServiceSpec['TaskTemplate']['ContainerSpec']>) => (spec: ContainerServiceSpec): ContainerServiceSpec => ({ ...spec, TaskTemplate: { ...spec.TaskTemplate, ContainerSpec: { ...spec.TaskTemplate.ContainerSpec, ...change } } })

describe('a stack read back', () => {
  test('over every key: what comes of its file is the same stack', () => {
    fc.assert(fc.property(composeModels, (model) => {
      const files = Object.fromEntries([...Object.values(model.secrets ?? {}), ...Object.values(model.configs ?? {})].map((file) => [file.file ?? '', 'content']))
      const { stack, problems } = stackOf(model, 's', { files, folder: '/srv' })
      // What Swarm refuses for a mount is never in a swarm.
      fc.pre(!problems.some(({ field, severity }) => severity === 'error' && field?.includes('volumes[') === true))
      const { lost, text } = readBack(swarmWith(stack), 's')
      expect(lost).toEqual([])
      expect(readCompose(text).problems.filter(({ severity }) => severity === 'error')).toEqual([])
    }), { numRuns: 60, endOnFailure: true })
  })

  test('a service that is twice on one network, which two keys of its file name', () => {
    const { stack } = readStack('services:\n  web:\n    image: nginx\n    networks:\n      one: {aliases: [a]}\n      two: {aliases: [b]}\nnetworks:\n  one: {name: z}\n  two: {name: z}\n', 's')
    const { lost, text } = readBack(swarmWith(stack), 's')
    expect(lost).toEqual([])
    expect(readStack(text, 's').stack.services[0]?.TaskTemplate.Networks).toEqual(stack.services[0]?.TaskTemplate.Networks)
  })

  test('is a file as people write it', () => {
    const text = `services:
  web:
    image: nginx
    ports:
      - mode: ingress
        target: 80
        published: 8080
        protocol: tcp
    secrets:
      - source: key
    deploy:
      replicas: 2
secrets:
  key:
    name: s_key
    external: true
`
    const { stack } = readStack(text, 's')
    expect(readBack(swarmWith(stack), 's').text).toBe(text)
  })

  test('what the file cannot say is named', () => {
    const { stack } = readStack('services: {web: {image: nginx, environment: {A: "1", B: "2"}}}', 's')
    const lost = (change: (spec: ContainerServiceSpec) => ContainerServiceSpec): string[] => readBack(swarmWith(stack, change), 's').lost
    expect(lost(withContainer({ Env: ['A=1', 'A=2'] }))).toEqual(['The file cannot say what web has as TaskTemplate.ContainerSpec.Env: deploying it changes that.'])
    expect(lost(withContainer({ Env: ['B=2', 'A=1'] }))).toEqual([])
    expect(lost((spec) => ({ ...spec, EndpointSpec: { Ports: [{ Name: 'http', TargetPort: 80 }] } }))).toEqual([expect.stringContaining('web has as EndpointSpec.Ports')])
    expect(lost(withContainer({ Labels: {} }))).toEqual([expect.stringContaining('ContainerSpec.Labels')])
    expect(lost((spec) => ({ ...spec, Name: 'other' }))).toEqual(['The service other has not the stack\'s name in front: deploying the file would make a second one, s_other. Remove this one then.'])
  })

  test('a rotated config comes back under the name that the file has for it, and other things by theirs', () => {
    const { stack } = readStack('services: {web: {image: nginx, configs: [c]}}\nconfigs: {c: {content: old}}', 's')
    const swarm = swarmWith(stack, withContainer({ Configs: [{ ConfigName: 's_c_0123456789', File: { Name: 'c', UID: '0', GID: '0', Mode: 0o444 } }] }))
    const [first] = swarm.configs
    if (first === undefined) throw new Error('no config')
    const next: LiveFile = { ...first, id: 'next', spec: { ...first.spec, Name: 's_c_0123456789', Labels: { ...first.spec.Labels, [VERSION_OF]: 's_c' } }, contents: stackOf({ services: {}, configs: { c: { content: 'new' } } }, 's').stack.configs[0]?.contents }
    const { model, lost } = readBack({ ...swarm, configs: [first, next] }, 's')
    expect(lost).toEqual([])
    expect(model).toEqual({ services: { web: { image: 'nginx', configs: [{ source: 'c' }] } }, configs: { c: { content: 'new' } } })
  })
})
