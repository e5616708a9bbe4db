import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endChild } from '../../../../e2e/harness/processes.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import { ApiServer } from '../api-server.ts'
import { AS_TESTER, startTestApi } from '../testing/test-api.ts'
import type { TestApi } from '../testing/test-api.ts'
import { fakeNode } from './testing/fake-node.ts'
import { streamUpgrades } from './upgrade-handler.ts'

// Real kubectl against the real server; only the node is a fake. A new kubectl speaks WebSocket and can be told to speak SPDY; an old
// one speaks SPDY only and ignores the variables.

const { nodes, seen } = fakeNode()
let test1: TestApi
let server: ApiServer

beforeAll(async () => {
  test1 = await startTestApi()
  server = await ApiServer.start({ api: test1.api, dataDir: test1.dir, port: 0, upgrade: streamUpgrades(nodes) })
  await test1.api.create(Pods, 'default', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i', stdin: true, tty: false }] } }, AS_TESTER)
  const pod = structuredClone(test1.api.get(Pods, 'default', 'p')) as { status?: object }
  await test1.api.updateStatus(Pods, 'default', 'p', { ...pod, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }, AS_TESTER)
})
afterAll(async () => {
  await server.stop()
  await test1.close()
})

interface Done {
  code: number | null
  out: string
  err: string
}

describe.each([['WebSocket', 'true'], ['SPDY', 'false']])('kubectl over %s', (_name, webSockets) => {
  const env = { ...process.env, KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets, KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets }
  const start = (args: string[]): ReturnType<typeof spawn> => spawn(process.env['TOQUE_KUBECTL'] ?? 'kubectl', ['--kubeconfig', server.kubeconfig, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const kubectl = async (args: string[], input = ''): Promise<Done> => {
    const child = start(args)
    child.stdin?.end(input)
    const [out, err, [code]] = await Promise.all([text(child.stdout as NodeJS.ReadableStream), text(child.stderr as NodeJS.ReadableStream), once(child, 'exit')])
    return { code: code as number | null, out, err }
  }

  test('exec: both outputs and the exit code', async () => {
    expect(await kubectl(['exec', 'p', '--', 'fail', '3'])).toEqual({ code: 3, out: 'to stdout\n', err: 'to stderr\ncommand terminated with exit code 3\n' })
    expect(await kubectl(['exec', 'p', '--', 'hello'])).toEqual({ code: 0, out: 'to stdout\n', err: 'to stderr\n' })
  })

  test('exec -i: input to its end and back, whole', async () => {
    const input = 'line\n'.repeat(200_000)
    expect(await kubectl(['exec', '-i', 'p', '--', 'echo'], input)).toEqual({ code: 0, out: input, err: '' })
  })

  test('exec: much output, whole', async () => {
    expect((await kubectl(['exec', 'p', '--', 'flood', '8'])).out.length).toBe(8 << 20)
  })

  test('exec: a refusal is said in words', async () => {
    const done = await kubectl(['exec', 'p', '--', 'missing'])
    expect([done.code, done.err]).toEqual([1, expect.stringContaining('container "c" has not started: its image is being pulled')])
  })

  test('exec: a client that leaves ends the program', async () => {
    const [before, begun] = [seen.destroyed, seen.sleeping]
    const child = start(['exec', '-i', 'p', '--', 'sleep'])
    await expect.poll(() => seen.sleeping).toBeGreaterThan(begun)
    child.kill('SIGKILL')
    await expect.poll(() => seen.destroyed).toBeGreaterThan(before)
  })

  test('attach: input goes in and comes back', async () => {
    expect((await kubectl(['attach', '-i', 'p'], 'hello\n')).out).toBe('hello\n')
  })

  test('port-forward: several connections at once, each way to its end; a refused one says why', async () => {
    const child = start(['port-forward', 'p', ':80', ':9'])
    let err = ''
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
    const ports = await new Promise<number[]>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`kubectl ended without a word of its ports: ${err}`)))
      let out = ''
      child.stdout?.on('data', (chunk: Buffer) => {
        out += chunk.toString()
        const found = [...out.matchAll(/127\.0\.0\.1:(\d+) -> (\d+)/g)]
        if (found.length === 2) resolve(found.sort((a, b) => Number(b[2]) - Number(a[2])).map((m) => Number(m[1])))
      })
    })
    const through = async (input: string): Promise<string> => {
      const socket = connect(ports[0] ?? 0, '127.0.0.1')
      socket.setTimeout(60_000, () => socket.destroy(new Error(`no end after a minute. kubectl says: ${err}`)))
      socket.end(input)
      return text(socket)
    }
    const inputs = ['a', 'b'.repeat(300_000), 'c'.repeat(1000), 'd']
    expect(await Promise.all(inputs.map(through))).toEqual(inputs.map((i) => i.toUpperCase()))
    const refused = connect(ports[1] ?? 0, '127.0.0.1')
    refused.on('error', () => undefined)
    await once(refused, 'close')
    await expect.poll(() => err).toContain('connection refused')
    // It may have ended by itself: a kubectl that heard of a refusal closes its connection to the server.
    await endChild(child)
  })
})
