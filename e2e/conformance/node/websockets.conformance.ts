import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import WebSocket from 'ws'
import { credentialsOf } from '../../harness/kubeconfig.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { createPod, forever, podOf, podUntil, runningPod, sh } from '../framework/pods.ts'

/** What a path of the API says over a WebSocket of this protocol until the server closes it. */
async function said(f: Framework, path: string, protocol: string): Promise<Buffer[]> {
  const { server, ca, cert, key } = credentialsOf(await readFile(f.client.kubeconfig, 'utf8'))
  const socket = new WebSocket(new URL(path, server), [protocol], { ca, cert, key })
  const messages: Buffer[] = []
  socket.on('message', (data: Buffer) => messages.push(data))
  await new Promise((resolve, reject) => {
    socket.once('close', resolve)
    socket.once('error', reject)
  })
  expect(socket.protocol).toBe(protocol)
  return messages
}

conformance('[sig-node] Pods should support remote command execution over websockets [NodeConformance]', async (f) => {
  await runningPod(f, podOf('pod-exec-websocket', { containers: [{ name: 'main', ...forever('echo container is alive') }] }))
  const query = new URLSearchParams([['stderr', '1'], ['stdout', '1'], ['container', 'main'], ['command', 'echo'], ['command', 'remote execution test']])
  const messages = await said(f, f.core('pods', `pod-exec-websocket/exec?${query.toString()}`), 'channel.k8s.io')
  const output: Buffer[] = []
  for (const message of messages.filter(({ length }) => length > 0)) {
    if (message[0] === 1) output.push(message.subarray(1))
    // Of the other channels nothing is said but that they are there.
    else expect(message).toHaveLength(1)
  }
  expect(Buffer.concat(output).toString()).toBe('remote execution test\n')
})

conformance('[sig-node] Pods should support retrieving logs from the container over websockets [NodeConformance]', async (f) => {
  await createPod(f, podOf('pod-logs-websocket', { containers: [{ name: 'main', ...sh("echo container is alive; trap 'exit 0' TERM; while :; do sleep 0.2; done") }] }))
  await podUntil(f, 'pod-logs-websocket', 'running', ({ status }) => status?.phase === 'Running')
  const messages = await said(f, f.core('pods', 'pod-logs-websocket/log?container=main'), 'binary.k8s.io')
  expect(Buffer.concat(messages).toString()).toBe('container is alive\n')
})
