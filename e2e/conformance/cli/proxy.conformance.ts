import { mkdtemp, rm } from 'node:fs/promises'
import { request, type RequestOptions } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import { conformance } from '../framework/conformance.ts'
import { startKubectl } from './kubectl-process.ts'

/** The versions that /api/ lists, asked over plain HTTP. */
async function versions(where: RequestOptions): Promise<unknown> {
  const answer = await new Promise<string>((resolve, reject) => {
    request({ ...where, path: '/api/' }, (response) => void text(response).then(resolve, reject)).on('error', reject).end()
  })
  return (JSON.parse(answer) as { versions: string[] }).versions
}

conformance('[sig-cli] Kubectl client Proxy server should support proxy with --port 0', async (f) => {
  const proxy = startKubectl(f, ['proxy', '-p', '0', '--disable-filter'])
  const port = await eventually('its port', () => Promise.resolve(/Starting to serve on 127\.0\.0\.1:(\d+)/.exec(proxy.out())?.[1]))
  expect(await versions({ host: '127.0.0.1', port: Number(port) })).toContain('v1')
})

conformance('[sig-cli] Kubectl client Proxy server should support --unix-socket=/path', async (f) => {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-proxy-unix'))
  f.after(() => rm(folder, { recursive: true, force: true }))
  const socketPath = join(folder, 'test')
  const proxy = startKubectl(f, ['proxy', `--unix-socket=${socketPath}`])
  await eventually('its word', () => Promise.resolve(proxy.out().includes('Starting to serve on')))
  expect(await versions({ socketPath })).toContain('v1')
})
