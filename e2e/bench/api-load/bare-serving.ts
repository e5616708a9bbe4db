// The bare loop behind the API's door: HTTPS with the same credentials, and whatever is sent is appended to a file, with fdatasync, before it is answered. Nothing is
// read of it, checked or kept. Between it and the API lies what the API does. argv: its data directory; says where it serves, as api-serving.ts does.
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { kubeconfigOf } from '../../../src-main/engine/api/pki/kubeconfig.ts'
import { preparePki, writePrivate } from '../../../src-main/engine/api/pki/pki.ts'
import { GroupLog } from './group-log.ts'

const [, , dir = ''] = process.argv
const pki = await preparePki(join(dir, 'pki'), ['127.0.0.1'], Date.now())
const log = new GroupLog(await open(join(dir, 'bare-log'), 'a'))
const server = createServer({ ca: pki.ca, cert: pki.server.cert, key: pki.server.key, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' }, (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    void log.append(body).then(() => response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body), () => response.destroy())
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`
const kubeconfig = join(dir, 'kubeconfig.yaml')
await writePrivate(kubeconfig, kubeconfigOf(pki, url))
console.log(JSON.stringify({ kubeconfig, url, pid: process.pid }))
process.stdin.resume()
await once(process.stdin, 'end')
server.close()
server.closeAllConnections()
