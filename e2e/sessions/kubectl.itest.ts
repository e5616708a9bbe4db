import { spawn } from 'node:child_process'
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Following } from '../harness/kubectl.ts'
import { clusterForSessions, commandsOf, NEW, OLD, placeFor, type SessionName, type Version } from './kubectl/sessions.ts'
import type { ServedCluster } from './served-cluster.ts'
import { runSession } from './session.ts'

// What people type, with the oldest kubectl in use and with a new one: every command with what must come of it, as on Kubernetes itself.
// What is used most is here; the other sessions are in kubectl.long.itest.ts.

const PROGRAMS: { kubectl: Version; version: string; names: SessionName[] }[] = [
  { kubectl: NEW, version: NEW.version, names: ['applying', 'getting', 'changing', 'authorizing', 'custom'] }, { kubectl: OLD, version: OLD.version, names: ['applying', 'getting', 'changing'] },
]
const LIMIT_MS = 300_000

let served: ServedCluster
beforeAll(async () => {
  served = await clusterForSessions()
})
afterAll(() => served?.stop())

describe.each(PROGRAMS)('kubectl $version', ({ kubectl, names }) => {
  test('more than 150 commands', () => {
    const count = names.flatMap((name) => commandsOf(name, kubectl)).length
    console.log(`kubectl ${kubectl.version}: ${String(count)} commands`)
    expect(count).toBeGreaterThan(150)
  })

  test.concurrent.each(names)('%s', async (name) => {
    const wrong = await runSession(commandsOf(name, kubectl), await placeFor(served, kubectl, name))
    expect(wrong.join('\n\n')).toBe('')
  }, LIMIT_MS)

  test.concurrent('what goes on: watch, proxy, port-forward', async () => {
    const here = await placeFor(served, kubectl, 'going-on')
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
    const page = async (url: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${url}`)).text()
    expect(JSON.parse(await page(`/api/v1/namespaces/${here.known['ns'] ?? ''}`))).toMatchObject({ kind: 'Namespace', status: { phase: 'Active' } })
    expect(JSON.parse(await page('/static/none'))).toMatchObject({ kind: 'Status', code: 404 })
    await proxy.stop()
    const path = join(here.dir, 'proxy.sock')
    const onSocket = start('proxy', `--unix-socket=${path}`)
    await onSocket.until(/Starting to serve on .*proxy\.sock/)
    expect(await text(await new Promise<IncomingMessage>((resolve, reject) => get({ socketPath: path, path: '/api/' }, resolve).on('error', reject)))).toMatch(/"versions":\["v1"\]/)
    await onSocket.stop()

    await run('create deployment web --image=talks --port=80', 'expose deployment web --port=8080 --target-port=80', 'rollout status deployment/web --timeout=90s')
    for (const target of ['deployment/web', 'service/web']) {
      const forward = start('port-forward', target, target.startsWith('s') ? ':8080' : ':80')
      const [, local = ''] = await forward.until(/127\.0\.0\.1:(\d+) -> 80/)
      expect(await (await fetch(`http://127.0.0.1:${local}/page`)).text()).toBe('you asked for /page\n')
      await forward.stop()
    }
  }, LIMIT_MS)
})
