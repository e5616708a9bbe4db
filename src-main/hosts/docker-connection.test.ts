import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DockerUnreachableError } from './host.ts'
import { openLocalHost } from './local-host.ts'

let dir: string
let server: Server
let asked: string[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'toque-docker-'))
  asked = []
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.setHeader('content-type', 'application/json')
    if (request.url === '/version') response.end('{"ApiVersion":"1.41"}')
    else if (request.method === 'POST') response.writeHead(204).end()
    else response.end('{"Id":"c"}')
  })
  await new Promise<void>((resolve) => server.listen(join(dir, 'docker.sock'), resolve))
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(dir, { recursive: true })
})

test('a Docker that is being shut down still answers on open connections, but starts nothing any more', async () => {
  const container = openLocalHost({ socketPath: join(dir, 'docker.sock') }).docker.getContainer('c')
  await container.start()
  expect(asked).toEqual(['/version', '/v1.41/containers/c/start'])
  // As dockerd does first of all: nobody new is let in.
  NetServer.prototype.close.call(server)
  asked = []
  expect(await container.inspect()).toMatchObject({ Id: 'c' })
  await expect(container.start()).rejects.toThrow(DockerUnreachableError)
  await expect(container.restart()).rejects.toThrow(DockerUnreachableError)
  expect(asked).toEqual(['/v1.41/containers/c/json'])
})
