import { spawn } from 'node:child_process'
import type { LabHost } from '../lab/lab-host.ts'
import { firstLine } from '../lab/first-line.ts'

// A gate before the lab's registry that asks for a name and a password, as a private one does.
const GATE = `
const http = require('node:http')
const [registry, credentials] = process.argv.slice(1)
const [host, port] = registry.split(':')
const wanted = 'Basic ' + Buffer.from(credentials).toString('base64')
http.createServer((request, response) => {
  if (request.headers.authorization !== wanted) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="private"', 'content-type': 'application/json' })
    response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }))
    return
  }
  const { authorization, ...headers } = request.headers
  const onward = http.request({ host, port, path: request.url, method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}).listen(0, '127.0.0.1', function () { console.log(String(this.address().port)) })
`

/** A private registry on a lab's server, at its loopback (where Docker takes plain HTTP): what the lab's registry has, for `user:password` only. */
export async function privateRegistry(host: LabHost, registry: string, credentials: string): Promise<{ address: string; stop: () => void }> {
  const [enter = '', ...words] = [...host.onItsNetwork, process.execPath, '-e', GATE, registry, credentials]
  const child = spawn(enter, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await firstLine(child.stdout)
  return { address: `127.0.0.1:${port.trim()}`, stop: () => void child.kill() }
}
