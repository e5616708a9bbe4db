import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { docker as dockerTool } from '../../../e2e/harness/floors.ts'
import { Lab } from '../../../e2e/lab/lab.ts'
import { run } from '../../../e2e/lab/run.ts'
import { openLocalHost } from '../../hosts/local-host.ts'
import { applyStack } from './apply/apply.ts'
import { planStack } from './apply/plan.ts'
import { removeStack } from './apply/remove.ts'
import { inStack, readSwarm } from './live-stack.ts'
import { SwarmApi } from '../docker/swarm-api.ts'
import { readBack } from './read-back/read-back.ts'
import { BAD_FILES } from './testing/bad-files.ts'
import { COMPOSE_FILES, NAMED_FILES, readStack } from './testing/fixtures.ts'
import { pooled, specsOf } from './testing/specs-of.ts'

/** The lab's own: another one may come before it in the path. */
const DOCKER = '/usr/bin/docker'
const HOME = '/home/me'

/** What only newer tools take: this machine's own, where it is one. */
const NEWER = [
  'services: {a: {image: nginx, deploy: {mode: replicated-job, replicas: 3}}, b: {image: nginx, deploy: {mode: global-job}}, c: {image: nginx, deploy: {mode: replicated-job, restart_policy: {condition: on-failure}}}}',
  'services: {a: {image: nginx, healthcheck: {test: x, start_interval: 1s}, oom_score_adj: 5, networks: {n: {driver_opts: {a: b}}}}}\nnetworks: {n: }',
]
const isNewer = Number(/(\d+)\./.exec(execFileSync('docker', ['--version']).toString())?.[1]) >= 25

/** Where ours is not what `docker stack deploy` makes: the file's number, and why. */
const DIFFERENCES: Readonly<Record<number, string>> = {}

/** The files for which the registry is asked, one after the other: asked for several at once, Docker takes a second for each. */
const RESOLVED = [0, 3, 4, 5]

const theirs = (i: number): string => `stack-c${String(i)}x`
const ours = (i: number): string => `stack-t${String(i)}x`
const indexes = COMPOSE_FILES.map((_, i) => i)
const unresolved = indexes.filter((i) => !RESOLVED.includes(i))
const policy = (i: number): 'always' | 'never' => (RESOLVED.includes(i) ? 'always' : 'never')

let lab: Lab
let docker: Docker
let folder: string
const byTool: Record<number, unknown> = {}
const byUs: Record<number, unknown> = {}

const swarm = (): ReturnType<typeof readSwarm> => readSwarm(new SwarmApi(docker))
const tool = (...words: string[]): Promise<string> => dockerTool(lab.host(1), ...words)
/** `docker stack deploy`, as somebody at a desk would run it. */
const deploy = (i: number): Promise<unknown> => run(DOCKER, ['stack', 'deploy', '--resolve-image', policy(i), '--compose-file', join(folder, `${String(i)}.yaml`), theirs(i)], { cwd: folder, env: { PATH: process.env['PATH'], HOME, DOCKER_HOST: `unix://${lab.host(1).dockerSocket}` } })
const reading = (i: number, name = ours(i)): ReturnType<typeof readStack> => readStack(COMPOSE_FILES[i] ?? '', name, { folder, home: HOME })

beforeAll(async () => {
  lab = await Lab.up()
  docker = openLocalHost({ socketPath: lab.host(1).dockerSocket }).docker
  folder = await mkdtemp(join(tmpdir(), 'toque-stack-'))
  for (const [name, content] of Object.entries(NAMED_FILES)) await writeFile(join(folder, name), content)
  await Promise.all(COMPOSE_FILES.map((text, i) => writeFile(join(folder, `${String(i)}.yaml`), text)))
  await tool('swarm', 'init', '--advertise-addr', lab.host(1).address)
  for (const network of ['outer', 'outer2']) await tool('network', 'create', '--driver', 'overlay', '--attachable', network)
  await tool('secret', 'create', 'outer-secret', join(folder, 'password.txt'))
  await tool('config', 'create', 'outer-config', join(folder, 'app.conf'))
  // Nothing is to run: only the specs count here.
  await tool('node', 'update', '--availability', 'drain', lab.host(1).name)
})
afterAll(async () => {
  await lab?.down()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

describe('the contract: what docker stack deploy makes of a file', () => {
  test('there are enough files', () => expect(COMPOSE_FILES.length).toBeGreaterThanOrEqual(40))

  test('each is deployed by it, and by us', async () => {
    const byTurns = async (work: (i: number) => Promise<unknown>): Promise<void> => void await Promise.all([pooled(1, RESOLVED, work), pooled(4, unresolved, work)])
    await byTurns(deploy)
    Object.assign(byTool, await specsOf(docker, indexes, theirs))
    await run(DOCKER, ['stack', 'rm', ...indexes.map(theirs)], { env: { DOCKER_HOST: `unix://${lab.host(1).dockerSocket}` }, anyCode: true })
    await pooled(4, indexes, (i) => removeStack(docker, theirs(i)))
    await byTurns((i) => applyStack(docker, reading(i), { resolveImage: policy(i) }))
    Object.assign(byUs, await specsOf(docker, indexes, ours))
  })

  test('what we refuse it refuses, too', async () => {
    const taken: string[] = []
    await pooled(4, BAD_FILES.filter(({ toolTakes }) => toolTakes === undefined), async ({ text }) => {
      const name = `${String(BAD_FILES.findIndex((bad) => bad.text === text))}.bad.yaml`
      await writeFile(join(folder, name), /^version:/.test(text) ? text : `version: "3.9"\n${text}`)
      const { code, stderr } = await run(DOCKER, ['stack', 'deploy', '--resolve-image', 'never', '--compose-file', join(folder, name), 'bad'], { cwd: folder, env: { PATH: process.env['PATH'], HOME, DOCKER_HOST: `unix://${lab.host(1).dockerSocket}` }, anyCode: true })
      if (code === 0) taken.push(text)
      else expect(stderr).not.toBe('')
    })
    expect(taken).toEqual([])
  })

  test.each(indexes)('file %i is the same, field by field', (i) => {
    const [wanted, made] = [JSON.stringify(byTool[i], null, 1).replaceAll(theirs(i), 'STACK'), JSON.stringify(byUs[i], null, 1).replaceAll(ours(i), 'STACK')]
    expect(JSON.parse(wanted)).not.toEqual({})
    if (DIFFERENCES[i] === undefined) expect(JSON.parse(made)).toEqual(JSON.parse(wanted))
    else expect(JSON.parse(made)).not.toEqual(JSON.parse(wanted))
  })

  // Only where such a tool is in the PATH: there is none among Debian's packages.
  if (isNewer) test('so are files with keys that only newer tools know', async () => {
    const both: unknown[] = []
    for (const [i, text] of NEWER.entries()) {
      await writeFile(join(folder, 'newer.yaml'), text)
      await run('docker', ['stack', 'deploy', '--detach', '--resolve-image', 'never', '--compose-file', join(folder, 'newer.yaml'), `newer${String(i)}`], { env: { PATH: process.env['PATH'], DOCKER_HOST: `unix://${lab.host(1).dockerSocket}` } })
      await applyStack(docker, readStack(text, `ours${String(i)}`), { resolveImage: 'never' })
      const [made, wanted] = [await specsOf(docker, [0], () => `ours${String(i)}`), await specsOf(docker, [0], () => `newer${String(i)}`)].map((specs) => JSON.parse(JSON.stringify(specs).replaceAll(/(newer|ours)\d/g, 'STACK')) as unknown)
      both.push(made)
      expect(made).toEqual(wanted)
      const { text: back, lost } = readBack(await swarm(), `newer${String(i)}`)
      expect(lost).toEqual([])
      expect((await applyStack(docker, readStack(back, `newer${String(i)}`), { resolveImage: 'never' })).done).toEqual([])
    }
    expect(JSON.stringify(both)).toContain('"ReplicatedJob":{"MaxConcurrent":3,"TotalCompletions":3}')
  })

  test('planned again, nothing would change', async () => {
    const plans = await Promise.all(indexes.map(async (i) => (await planStack(docker, reading(i), { resolveImage: RESOLVED.includes(i) ? 'changed' : 'never' })).changes.filter(({ action }) => action !== 'unchanged').map(({ ref, before, after }) => `${ref.kind} ${ref.name}:\n${before}--\n${after}`)))
    expect(plans.flat()).toEqual([])
  })

  test('read back and deployed again, nothing changes', async () => {
    const before = await specsOf(docker, indexes, ours)
    const live = await swarm()
    const versions = (await new SwarmApi(docker).services()).map(({ ID, Version }) => [ID, Version.Index])
    for (const i of indexes) {
      const { text, lost } = readBack(live, ours(i))
      expect(lost).toEqual([])
      const { done } = await applyStack(docker, readStack(text, ours(i)), { resolveImage: 'changed' })
      expect(done).toEqual([])
    }
    expect(await specsOf(docker, indexes, ours)).toEqual(before)
    expect((await new SwarmApi(docker).services()).map(({ ID, Version }) => [ID, Version.Index])).toEqual(versions)
    expect(inStack(live.services, ours(0))).toHaveLength(3)
  })
})
