import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Nodes } from '../../src-main/common/kube/kinds.ts'
import { AS_TESTER } from '../../src-main/engine/api/testing/test-api.ts'
import { Following } from '../harness/kubectl.ts'
import { kubectl120, kubectl132 } from '../lab/tools.ts'
import { inNamespace, withoutUser } from './kubeconfig.ts'
import { applying } from './kubectl/applying.ts'
import { authorizing } from './kubectl/authorizing.ts'
import { changing } from './kubectl/changing.ts'
import { creating } from './kubectl/creating.ts'
import { describing } from './kubectl/describing.ts'
import { discovering } from './kubectl/discovering.ts'
import { writeFiles } from './kubectl/files.ts'
import { getting } from './kubectl/getting.ts'
import { nodes } from './kubectl/nodes.ts'
import { programs } from './kubectl/programs.ts'
import { rolling } from './kubectl/rolling.ts'
import { ServedCluster } from './served-cluster.ts'
import { runSession, type SessionPlace } from './session.ts'
import { type Step, forOldKubectl } from './step.ts'

// What people type, with the oldest kubectl in use and with a new one: every command with what must come of it, as on Kubernetes itself.

const SESSIONS: Readonly<Record<string, readonly Step[]>> = { creating, applying, getting, describing, changing, rolling, nodes, programs, authorizing, discovering }
const VERSIONS = [{ version: '1.32', path: kubectl132, ownNode: 'node-003' }, { version: '1.20', path: kubectl120, ownNode: 'node-004' }]
const LIMIT_MS = 120_000
const KUBECTL_LOOKS_AT = ['EDITOR', 'KUBE_EDITOR', 'KUBECONFIG', 'HOME']

let served: ServedCluster
let kubeconfig: string
beforeAll(async () => {
  served = await ServedCluster.start(4)
  kubeconfig = await readFile(served.server.kubeconfig, 'utf8')
  // Two nodes are kept for the sessions that empty them.
  for (const { ownNode } of VERSIONS) await served.cluster.api.patch(Nodes, '', ownNode, 'application/merge-patch+json', { spec: { taints: [{ key: 'kept', effect: 'NoSchedule' }] } }, 'main', AS_TESTER)
})
afterAll(() => served?.stop())

async function place(version: string, path: () => string, name: string, node: string): Promise<SessionPlace> {
  const ns = `${name}-${version.replace('.', '-')}`
  const [home, dir] = [join(served.dir, `home-${version}`), join(served.dir, ns)]
  await mkdir(home, { recursive: true })
  await writeFiles(dir)
  await writeFile(join(dir, 'nobody.yaml'), withoutUser(kubeconfig))
  const config = join(served.dir, `${ns}.yaml`)
  await writeFile(config, inNamespace(kubeconfig, ns))
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([key]) => !KUBECTL_LOOKS_AT.includes(key)))
  const made = { program: path(), env: { ...inherited, HOME: home, KUBECONFIG: config, GOGC: 'off' }, dir, known: { ns, dir, node, pki: join(served.dir, 'pki') } }
  expect(await runSession([{ run: 'create namespace {ns}' }], made)).toEqual([])
  return made
}

test('a session of more than 150 commands', () => {
  const commands = Object.values(SESSIONS).flat()
  const old = commands.map(forOldKubectl).filter((step) => step !== undefined)
  console.log(`kubectl: ${String(commands.length)} commands with 1.32, ${String(old.length)} with 1.20`)
  expect(old.length).toBeGreaterThan(150)
})

describe.each(VERSIONS)('kubectl $version', ({ version, path, ownNode }) => {
  test.concurrent.each(Object.entries(SESSIONS))('%s', async (name, steps) => {
    const mine = version === '1.20' ? steps.map(forOldKubectl).filter((step) => step !== undefined) : steps
    const wrong = await runSession(mine, await place(version, path, name, ownNode))
    expect(wrong.join('\n\n')).toBe('')
  }, LIMIT_MS)

  test.concurrent('what goes on: watch, proxy, port-forward', async () => {
    const here = await place(version, path, 'going-on', ownNode)
    const start = (...args: string[]): Following => new Following(spawn(here.program, args, { env: here.env, cwd: here.dir, stdio: ['pipe', 'pipe', 'pipe'] }))
    const run = async (...steps: string[]): Promise<void> => expect(await runSession(steps.map((step) => ({ run: step })), here)).toEqual([])
    await run('create configmap first')
    const watch = start('get', 'configmaps', '-w')
    await watch.until(/first +0/)
    await run('create configmap watched --from-literal=a=1', `patch configmap watched --type=merge -p '{"data":{"b":"2"}}'`, 'delete configmap watched')
    await watch.until(/watched +1 [^]*watched +2 [^]*watched +2 /)
    await watch.stop()
    expect(watch.output.match(/NAME/g)).toHaveLength(1)

    const proxy = start('proxy', '--port=0')
    const [, port = ''] = await proxy.until(/Starting to serve on 127\.0\.0\.1:(\d+)/)
    const get = async (url: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${url}`)).text()
    expect(JSON.parse(await get(`/api/v1/namespaces/${here.known['ns'] ?? ''}`))).toMatchObject({ kind: 'Namespace', status: { phase: 'Active' } })
    expect(JSON.parse(await get('/static/none'))).toMatchObject({ kind: 'Status', code: 404 })
    await proxy.stop()

    await run('create deployment web --image=talks --port=80', 'expose deployment web --port=8080 --target-port=80', 'rollout status deployment/web --timeout=30s')
    for (const target of ['deployment/web', 'service/web']) {
      const forward = start('port-forward', target, target.startsWith('s') ? ':8080' : ':80')
      const [, local = ''] = await forward.until(/127\.0\.0\.1:(\d+) -> 80/)
      expect(await (await fetch(`http://127.0.0.1:${local}/page`)).text()).toBe('you asked for /page\n')
      await forward.stop()
    }
  }, LIMIT_MS)
})
