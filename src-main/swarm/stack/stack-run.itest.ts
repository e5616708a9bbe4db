import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../e2e/harness/containers.ts'
import { docker as dockerTool } from '../../../e2e/harness/floors.ts'
import { Lab } from '../../../e2e/lab/lab.ts'
import { systemClock } from '../../common/clock.ts'
import type { StackProgress } from '../../common/contract/index.ts'
import { openLocalHost } from '../../hosts/local-host.ts'
import { ComposeStacks } from '../../services/swarm/stack-texts.ts'
import { StacksService } from '../../services/swarm/stacks-service.ts'
import { SwarmState } from '../state/swarm-state.ts'
import { applyStack } from './apply/apply.ts'
import { decide, planDeploy, planStack } from './apply/plan.ts'
import { planRemoval, removeStack } from './apply/remove.ts'
import { planRotation, rotateFile } from './apply/rotate.ts'
import { runSteps } from './apply/run-steps.ts'
import { StackStoppedError } from './apply/stopped.ts'
import { Contents } from '../docker/contents.ts'
import { readSwarm } from './live-stack.ts'
import { SwarmApi } from '../docker/swarm-api.ts'
import { readBack, readBackService } from './read-back/read-back.ts'
import { readStack } from './testing/fixtures.ts'

// The lab's kernel has no IP_VS: what is to run has no address of its own (dnsrr), and ports of its node alone.
const SITE = `version: "3.9"
services:
  web: {image: nginx, networks: [net], deploy: {endpoint_mode: dnsrr, replicas: 2, update_config: {parallelism: 2, monitor: 1s}}, secrets: [token], configs: [{source: site, target: /site.conf}], environment: {B: "1", A: "2"}}
  quiet: {image: busybox, command: [sleep, "10000"], networks: [net], deploy: {endpoint_mode: dnsrr}, ports: [{target: 80, published: 8080, mode: host}], volumes: ["data:/data"], stop_grace_period: 1s}
networks: {net: {attachable: true}}
volumes: {data: }
secrets: {token: {file: ./token}}
configs: {site: {file: ./site}}
`

let lab: Lab
let docker: Docker
let folder: string

const tool = (...words: string[]): Promise<string> => dockerTool(lab.host(1), ...words)
const site = (name: string, files: Record<string, string>, text = SITE): ReturnType<typeof readStack> => readStack(text, name, { files })
/** The registry is asked in the first tests only: the lab's takes a second for each question. */
const quick = { resolveImage: 'changed' as const }
const files = { './token': 'first', './site': 'one' }
/** The running tasks of a stack: their IDs, sorted. */
async function running(stack: string): Promise<string[]> {
  const tasks = await docker.listTasks({ filters: { label: [`com.docker.stack.namespace=${stack}`], 'desired-state': ['running'] } }) as { ID: string; Status: { State: string } }[]
  return tasks.filter(({ Status }) => Status.State === 'running').map(({ ID }) => ID).sort()
}
const allRun = (stack: string, count: number): Promise<string[]> => eventually(`${String(count)} tasks of ${stack}`, async () => {
  const tasks = await running(stack)
  return tasks.length === count && tasks
})
const errors = (plan: { problems: { severity: string; message: string; line?: number; column?: number }[] }): string[] => plan.problems.filter(({ severity }) => severity === 'error').map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)
const names = async (what: 'service' | 'network' | 'secret' | 'config'): Promise<string[]> => (await tool(what, 'ls', '--format', '{{.Name}}')).split('\n').filter(Boolean).sort()
/** What a file holds in the containers of a service. */
async function inContainers(service: string, path: string): Promise<string[]> {
  const ids = (await tool('ps', '--quiet', '--filter', `label=com.docker.swarm.service.name=${service}`)).split('\n').filter(Boolean)
  return Promise.all(ids.map((id) => tool('exec', id, 'cat', path)))
}

beforeAll(async () => {
  lab = await Lab.up()
  docker = openLocalHost({ socketPath: lab.host(1).dockerSocket }).docker
  folder = await mkdtemp(join(tmpdir(), 'toque-stack-'))
  for (const [name, content] of Object.entries({ ...files, 'site.yaml': SITE })) await writeFile(join(folder, name), content)
  await expect(planStack(docker, site('app', files))).rejects.toThrow('This server is no manager of a swarm')
  await tool('swarm', 'init', '--advertise-addr', lab.host(1).address)
})
afterAll(async () => {
  await lab?.down()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

describe('a stack that somebody else deployed', () => {
  test('is read back, and deploying that restarts nothing', async () => {
    await tool('stack', 'deploy', '--compose-file', join(folder, 'site.yaml'), 'app')
    const before = await allRun('app', 3)
    const live = await readSwarm(new SwarmApi(docker))
    const { text, lost, notes } = readBack(live, 'app')
    expect(lost).toEqual([])
    expect(notes.join()).toContain('token')
    expect(text).not.toContain('first')
    const again = readStack(text, 'app', { files: {} })
    expect((await planStack(docker, again)).changes.filter(({ action }) => action !== 'unchanged')).toEqual([])
    expect((await applyStack(docker, again)).done).toEqual([])

    // A label of the service is changed, and its tasks go on.
    const labelled = readStack(text.replace('deploy:\n', 'deploy:\n      labels: {who: us}\n'), 'app')
    const plan = await planStack(docker, labelled)
    const changes = plan.changes.filter(({ action }) => action !== 'unchanged')
    expect(changes.map(({ action, ref }) => `${action} ${ref.kind} ${ref.namespace}/${ref.name}`)).toHaveLength(1)
    expect(changes[0]?.before).not.toContain('who: us')
    expect(changes[0]?.after).toContain('who: us')
    expect((await applyStack(docker, labelled)).done).toHaveLength(1)
    expect(await running('app')).toEqual(before)
  })

  test('goes on with the original file as well: the tool and we take turns', async () => {
    const before = await running('app')
    expect((await applyStack(docker, site('app', files), quick)).done).toHaveLength(1)
    await tool('stack', 'deploy', '--resolve-image', 'changed', '--compose-file', join(folder, 'site.yaml'), 'app')
    expect((await applyStack(docker, site('app', files), quick)).done).toEqual([])
    expect(await running('app')).toEqual(before)
  })
})

describe('secrets and configs, which cannot change', () => {
  test('other contents are refused, in the file\'s own place, and nothing is written', async () => {
    const plan = await planDeploy(docker, site('app', { './token': 'second', './site': 'one' }), quick)
    expect([plan.changed, plan.missing]).toEqual([[{ kind: 'secret', name: 'app_token' }], []])
    expect(errors(plan)).toEqual([expect.stringMatching(/^7:\d+ The content of the secret app_token is another one now/)])
    await expect(applyStack(docker, site('app', { './token': 'first', './site': 'two' }), quick)).rejects.toThrow('The content of the config app_site is another one now')
    expect(await names('secret')).toEqual(['app_token'])
  })

  test('rotation: a new version, the services updated, the old one removed, in one step', async () => {
    const next = { './token': 'second', './site': 'two' }
    const plan = await planStack(docker, site('app', next), { ...quick, rotate: true })
    expect(errors(plan)).toEqual([])
    expect(JSON.stringify(plan)).not.toMatch(/second|c2Vjb25k/)
    const steps: string[] = []
    const { done } = await applyStack(docker, site('app', next), { ...quick, rotate: true, did: (step) => void steps.push(step) })
    expect(done).toEqual(steps)
    expect(done).toEqual([
      expect.stringMatching(/^create the secret app_token_[0-9a-f]{10}$/), expect.stringMatching(/^create the config app_site_[0-9a-f]{10}$/), 'update the service app_web',
      'wait until app_quiet, app_web are updated', 'remove the secret app_token', 'remove the config app_site',
    ])
    await eventually('the new secret', async () => (await inContainers('app_web', '/run/secrets/token')).join() === 'second,second')
    expect(await inContainers('app_web', '/site.conf')).toEqual(['two', 'two'])
    expect(await names('secret')).toEqual([expect.stringMatching(/^app_token_/)])
    expect((await applyStack(docker, site('app', next), { ...quick, rotate: true })).done).toEqual([])
    expect((await applyStack(docker, site('app', next), quick)).done).toEqual([])
    // It is read back under the names that the file had.
    const { model, lost } = readBack(await readSwarm(new SwarmApi(docker)), 'app')
    expect(lost).toEqual([])
    expect(model.configs).toEqual({ site: { content: 'two' } })
  })

  test('a rotation whose update is paused keeps the old version', async () => {
    const broken = SITE.replace('image: nginx', 'image: nginx, command: ["false"]').replace('monitor: 1s', 'monitor: 3s').replace('replicas: 2', 'replicas: 2, restart_policy: {condition: none}')
    const { warnings } = await applyStack(docker, site('app', { './token': 'third', './site': 'two' }, broken), { ...quick, rotate: true })
    expect(warnings.join('\n')).toMatch(/The secret app_token_\w+ stays: the update of app_web is paused/)
    expect(await names('secret')).toHaveLength(2)
    const { done } = await applyStack(docker, site('app', { './token': 'third', './site': 'two' }), { ...quick, rotate: true })
    expect(done.filter((step) => step.startsWith('remove the secret'))).toHaveLength(1)
    expect(await names('secret')).toHaveLength(1)
  })
})

describe('a secret or a config by itself', () => {
  const TEXT = 'services: {a: {image: nginx, networks: [n], secrets: [key], stop_grace_period: 1s, deploy: {endpoint_mode: dnsrr, restart_policy: {delay: 0s}, update_config: {monitor: 1s, failure_action: rollback}}}}\nnetworks: {n: }\nsecrets: {key: {external: true, name: lone_key}}'
  const rotation = (content?: string): Parameters<typeof rotateFile>[1] => ({ kind: 'secret', name: 'lone_key', contents: content === undefined ? undefined : new Contents(content) })

  test('is rotated by name for whoever has it, also when it was stopped midway; the plan and the steps tell nothing of what it holds', async () => {
    await new SwarmApi(docker).createFile('secret', { Name: 'lone_key', Labels: { team: 'kitchen' } }, new Contents('first'))
    await applyStack(docker, readStack(TEXT, 'lone'), quick)
    await allRun('lone', 1)
    await expect(planRotation(docker, { ...rotation('x'), name: 'nothing' })).rejects.toThrow('There is no secret nothing')
    await expect(planRotation(docker, rotation(''))).rejects.toThrow('would be empty')
    await expect(rotateFile(docker, rotation())).rejects.toThrow('there is no rotation to go on with')
    const plan = await planRotation(docker, rotation('second'))
    expect(plan.changes.map(({ action, ref }) => `${action} ${ref.kind} ${ref.namespace}/${ref.name}`)).toEqual([expect.stringMatching(/^create Secret \/lone_key_/), 'update Service lone/lone_a', 'delete Secret /lone_key'])
    expect(JSON.stringify(plan)).not.toMatch(/second|c2Vjb25k/)
    // Stopped after its first step, it goes on without the content.
    const stop = new AbortController()
    const stopped = await rotateFile(docker, rotation('second'), { signal: stop.signal, did: () => stop.abort() }).then(() => undefined, (error: unknown) => error)
    expect(stopped).toBeInstanceOf(StackStoppedError)
    expect(stopped).toMatchObject({ asked: true, left: [] })
    expect((stopped as Error).message).toMatch(/^The rotation of lone_key was stopped before it could update the service lone_a\. Done before that: create the secret lone_key_\w+\./)
    expect((await names('secret')).filter((name) => name.startsWith('lone'))).toHaveLength(2)
    const { done, warnings } = await rotateFile(docker, rotation())
    expect([done, warnings]).toEqual([['update the service lone_a', 'wait until lone_a is updated', 'remove the secret lone_key'], []])
    expect(await inContainers('lone_a', '/run/secrets/key')).toEqual(['second'])
    const [left, ...more] = (await names('secret')).filter((name) => name.startsWith('lone'))
    expect([left, more]).toEqual([expect.stringMatching(/^lone_key_[0-9a-f]{10}$/), []])
    expect(await tool('secret', 'inspect', '--format', '{{.Spec.Labels.team}}', left ?? '')).toBe('kitchen')
    // The file, which has it by its plain name, goes on as before.
    expect((await applyStack(docker, readStack(TEXT, 'lone'), quick)).done).toEqual([])
    expect((await rotateFile(docker, rotation('second'))).done).toEqual([])
    await removeStack(docker, 'lone')
    for (const name of (await names('secret')).filter((one) => one.startsWith('lone'))) await tool('secret', 'rm', name)
  })
})

describe('a service in no stack', () => {
  test('is a Compose text of its own; deploying it changes nothing, and a changed label restarts no task', async () => {
    await tool('network', 'create', '--driver', 'overlay', '--attachable', 'loose-net')
    await tool('service', 'create', '--detach', '--name', 'loose', '--network', 'loose-net', '--endpoint-mode', 'dnsrr', '--env', 'B=2', '--env', 'A=1', '--mount', 'type=volume,source=loose-data,target=/data', '--limit-memory', '64m', '--no-resolve-image', 'nginx')
    const [task] = await eventually('its task', async () => {
      const ids = (await tool('ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=loose')).split('\n').filter(Boolean)
      return ids.length === 1 && ids
    })
    const { text, lost, stack } = readBackService(await readSwarm(new SwarmApi(docker)), 'loose')
    expect([stack, lost]).toEqual(['', []])
    expect(text).toMatch(/^x-toque-no-stack: true\nservices:\n {2}loose:\n/)
    const again = readStack(text, '', { files: {} })
    expect((await applyStack(docker, again, quick)).done).toEqual([])
    const labelled = readStack(text.replace('deploy:\n', 'deploy:\n      labels: {who: us}\n'), '', { files: {} })
    expect((await applyStack(docker, labelled, quick)).done).toEqual(['update the service loose'])
    expect(await tool('ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=loose')).toBe(task)
    expect(await tool('service', 'inspect', '--format', '{{json .Spec.Labels}}', 'loose')).toBe('{"who":"us"}')
    expect(() => readBackService({ services: [], networks: [], secrets: [], configs: [] }, 'loose')).toThrow('There is no service loose')
    await tool('service', 'rm', 'loose')
  })
})

describe('as the screens ask for it', () => {
  const ending = async (channel: AsyncIterable<StackProgress>): Promise<StackProgress[]> => {
    const said: StackProgress[] = []
    for await (const progress of channel) said.push(progress)
    return said
  }

  test('secrets, configs and networks are made and taken away; a deploy tells its steps, and what is refused does nothing', async () => {
    const member = { name: 'one', host: openLocalHost({ socketPath: lab.host(1).dockerSocket }) }
    const state = new SwarmState({ servers: { list: () => [member], onChange: () => () => undefined }, clock: systemClock })
    const stacks = new StacksService(state, new ComposeStacks(state, { for: () => undefined }, systemClock), systemClock)
    try {
      await stacks.createFile({ kind: 'secret', name: 'mine', content: 'correct horse' })
      await stacks.createFile({ kind: 'config', name: 'conf', content: 'a = 1' })
      await stacks.createNetwork({ name: 'mine-net', attachable: true, encrypted: true, internal: false })
      await expect(stacks.createFile({ kind: 'secret', name: 'mine', content: 'other' })).rejects.toMatchObject({ reason: 'AlreadyExists', message: expect.stringContaining('There is a secret mine already') as string })
      expect(await tool('network', 'inspect', '--format', '{{.Attachable}} {{json .Options}}', 'mine-net')).toMatch(/^true .*"encrypted":""/)
      const text = 'name: screens\nservices:\n  a: {image: nginx, networks: [mine-net], secrets: [mine], configs: [conf], deploy: {replicas: 0, endpoint_mode: dnsrr}}\nnetworks: {mine-net: {external: true}}\nsecrets: {mine: {external: true}}\nconfigs: {conf: {external: true}}\n'
      expect(await ending(stacks.deploy({ text }))).toEqual([{ type: 'steps', steps: [{ do: 'create', kind: 'service', name: 'screens_a' }] }, { type: 'did', done: 1 }, { type: 'done', warnings: [] }])
      await expect(stacks.removeFile({ kind: 'secret', name: 'mine' })).rejects.toThrow('The secret mine cannot be removed: screens_a uses it.')
      await expect(stacks.removeNetwork('mine-net')).rejects.toThrow('screens_a is on it')
      expect(await ending(stacks.deploy({ text: text.replace('nginx', 'nginx, imag: x') }))).toMatchObject([{ type: 'refused', plan: { problems: [{ line: 3, message: expect.stringContaining('no key "imag"') as string }] } }])
      expect((await ending(stacks.rotate({ kind: 'config', name: 'conf', content: 'a = 2' }))).at(-1)).toEqual({ type: 'done', warnings: [] })
      expect((await stacks.readBack({ service: 'screens_a' })).text).toMatch(/^name: screens\n/)
      // A config's rotation is taken back as the editor does it: by what was read before it.
      expect((await ending(stacks.deploy({ text: 'name: undo\nservices: {a: {image: nginx, configs: [own], deploy: {replicas: 0, endpoint_mode: dnsrr}}}\nconfigs: {own: {content: first}}\n' }))).at(-1)).toEqual({ type: 'done', warnings: [] })
      const { text: before, lost } = await stacks.readBack({ stack: 'undo' })
      expect([before, lost]).toEqual([expect.stringContaining('content: first'), []])
      expect((await ending(stacks.deploy({ text: before.replace('content: first', 'content: second'), rotate: true }))).at(-1)).toEqual({ type: 'done', warnings: [] })
      expect((await stacks.plan({ text: before, prune: true, rotate: true })).changed).toEqual([{ kind: 'config', name: 'undo_own' }])
      expect((await ending(stacks.deploy({ text: before, prune: true, rotate: true }))).at(-1)).toEqual({ type: 'done', warnings: [] })
      expect((await stacks.readBack({ stack: 'undo' })).text).toBe(before)
      expect((await ending(stacks.remove('undo'))).at(-1)).toEqual({ type: 'done', warnings: [] })
      expect((await ending(stacks.remove('screens'))).at(-1)).toEqual({ type: 'done', warnings: [] })
      await stacks.removeFile({ kind: 'secret', name: 'mine' })
      await stacks.removeFile({ kind: 'config', name: 'conf' })
      await stacks.removeNetwork('mine-net')
      expect([await names('secret'), await names('config'), await names('network')].flat().filter((name) => /^(mine|conf)/.test(name))).toEqual([])
    } finally {
      await state.stop()
    }
  })
})

describe('what stands in the way', () => {
  test('what is external must be there, and a name be free', async () => {
    const text = `services:
  web: {image: nginx, networks: [gone, local], secrets: [s], configs: [c]}
networks:
  gone: {external: true}
  local: {external: true, name: docker_gwbridge}
secrets:
  s: {external: true, name: nowhere}
configs:
  c: {external: true}
`
    expect(errors(await planStack(docker, readStack(text, 'bad')))).toEqual([
      expect.stringMatching(/^4:3 The network "gone" is declared as external, and the swarm has none/), expect.stringMatching(/^5:3 The network "docker_gwbridge" is one of this server alone/),
      expect.stringMatching(/^7:3 The secret "nowhere" is declared/), expect.stringMatching(/^9:3 The config "c" is declared/),
    ])
    await tool('service', 'create', '--detach', '--name', 'bad_web', '--replicas', '0', 'nginx')
    expect(errors(await planStack(docker, readStack('services: {web: {image: nginx}}', 'bad')))).toEqual([expect.stringContaining('There is a service bad_web already, which does not belong to this stack')])
    expect(await names('network')).not.toContain('bad_default')
    await tool('service', 'rm', 'bad_web')
  })

  test('it says how far it came, and goes on from there', async () => {
    const text = 'services:\n  a: {image: nginx, deploy: {replicas: 0}}\n  b: {image: nginx, ports: ["9090:80"], deploy: {replicas: 0}}\n  c: {image: nginx, deploy: {replicas: 0}}\n'
    await tool('service', 'create', '--detach', '--name', 'taker', '--replicas', '0', '--publish', '9090:80', 'nginx')
    const stopped = await applyStack(docker, readStack(text, 'half'), quick).then(() => undefined, (error: unknown) => error)
    expect(stopped).toBeInstanceOf(StackStoppedError)
    const { done, failed, left, message } = stopped as StackStoppedError
    expect({ done, failed, left }).toEqual({ done: ['create the network half_default', 'create the service half_a'], failed: 'create the service half_b', left: ['create the service half_c'] })
    expect(message).toMatch(/port '9090' is already in use by service 'taker'.*Done before that: create the network half_default, create the service half_a\. Not done yet: create the service half_c\./)
    await tool('service', 'rm', 'taker')
    expect((await applyStack(docker, readStack(text, 'half'), quick)).done).toEqual(['create the service half_b', 'create the service half_c'])
  })

  test('an update out of sequence is tried again; one that somebody else made is not overwritten', async () => {
    const text = (env: string): string => `services: {a: {image: nginx, environment: {E: "${env}"}, networks: [n], deploy: {endpoint_mode: dnsrr, replicas: 3, update_config: {parallelism: 1}}}}\nnetworks: {n: }`
    await applyStack(docker, readStack(text('0'), 'often'), quick)
    await allRun('often', 3)
    // Swarm writes to the service all along while its tasks are replaced.
    for (const env of ['1', '2', '3']) expect((await applyStack(docker, readStack(text(env), 'often'), quick)).done).toEqual(['update the service often_a'])
    expect(await tool('service', 'inspect', '--format', '{{.Spec.TaskTemplate.ContainerSpec.Env}}', 'often_a')).toBe('[E=3]')

    // Between the look and the write: a change of the version alone, and then one of what the service is.
    const manager = new SwarmApi(docker)
    const planned = await decide(manager, readStack(text('4'), 'often'), quick)
    // The tool does not try again when Swarm writes between its own look and its write.
    const byTool = (...words: string[]): Promise<boolean> => eventually('the update by the tool', () => tool('service', 'update', '--detach', ...words, 'often_a').then(() => true))
    await byTool()
    expect(await runSteps(manager, 'This', planned.steps, {})).toEqual(['update the service often_a'])
    const late = await decide(manager, readStack(text('5'), 'often'), quick)
    await byTool('--env-add', 'E=theirs')
    await expect(runSteps(manager, 'This', late.steps, {})).rejects.toMatchObject({ reason: 'Conflict', message: expect.stringContaining('somebody else changed the service often_a meanwhile') as string })
    expect(await tool('service', 'inspect', '--format', '{{.Spec.TaskTemplate.ContainerSpec.Env}}', 'often_a')).toBe('[E=theirs]')
  })

  test('services that the file does not have stay, or are removed when asked', async () => {
    const rest = readStack('services: {c: {image: nginx, deploy: {replicas: 0}}}', 'half')
    expect((await planStack(docker, rest, quick)).problems.map(({ message }) => message).sort()).toEqual([expect.stringContaining('half_a belongs to this stack'), expect.stringContaining('half_b belongs to this stack')])
    expect((await applyStack(docker, rest, quick)).done).not.toContain('remove the service half_a')
    const plan = await planStack(docker, rest, { ...quick, prune: true })
    expect(plan.changes.filter(({ action }) => action === 'delete').map(({ ref }) => ref.name).sort()).toEqual(['half_a', 'half_b'])
    expect((await applyStack(docker, rest, { ...quick, prune: true })).done.sort()).toEqual(['remove the service half_a', 'remove the service half_b'])
    expect((await names('service')).filter((name) => name.startsWith('half'))).toEqual(['half_c'])
  })

  test('a stack is removed with everything but its volumes', async () => {
    const plan = await planRemoval(docker, 'app')
    expect(plan.changes.map(({ action, ref }) => `${action} ${ref.kind}`)).toEqual(['delete Service', 'delete Service', 'delete Secret', 'delete Config', 'delete Network'])
    expect((await removeStack(docker, 'app')).done).toHaveLength(5)
    for (const stack of ['half', 'often', 'never-there']) await removeStack(docker, stack)
    expect([await names('service'), await names('secret'), await names('config')]).toEqual([[], [], []])
    expect((await names('network')).filter((name) => /^(app|half|often)_/.test(name))).toEqual([])
    expect(await tool('volume', 'ls', '--quiet', '--filter', 'name=app_data')).toBe('app_data')
  })
})
