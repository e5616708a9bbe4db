// What receives logs and notifications in the tests, in a process of its own on a server's network: Fluentd's own server (the Fluent organisation's), Loki's push
// API as its documentation says it, and a webhook. What comes is appended to files in the folder given: fluentd, loki, hook; one line of JSON each.
import { createHmac } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { FluentServer } from '@fluent-org/logger'

const [dir = '', token = '', signing = ''] = process.argv.slice(2)
const keep = (name, what) => appendFileSync(join(dir, name), `${JSON.stringify(what)}\n`)

class Fluentd extends FluentServer {
  onEntry(tag, _time, record) {
    keep('fluentd', { tag, ...record })
  }
}
const fluentd = new Fluentd({ listenOptions: { host: '127.0.0.1', port: 0 }, security: { serverHostname: 'fluentd', sharedKey: token, authorize: false, userDict: {} } })
await fluentd.listen()

function serve(handle) {
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const [status, text = ''] = handle(request, Buffer.concat(chunks).toString())
      response.writeHead(status).end(text)
    })
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
}

const seen = new Set()
const loki = await serve(({ method, url, headers }, body) => {
  if (headers.authorization !== `Bearer ${token}`) return [401, 'no credentials provided']
  if (method !== 'POST' || url !== '/loki/api/v1/push') return [404, '404 page not found']
  if (headers['content-type'] !== 'application/json') return [400, 'Content-Type must be application/json']
  for (const { stream, values } of JSON.parse(body).streams) {
    if (Object.keys(stream).length === 0) return [400, 'error at least one label pair is required per stream']
    for (const [time, line, ...more] of values) {
      if (!/^\d{19}$/.test(time) || typeof line !== 'string' || more.length > 0) return [400, 'error parsing the entry']
      // As Loki: what it has already, of the same stream and the same nanosecond, it keeps once.
      const id = JSON.stringify([stream, time, line])
      if (!seen.has(id)) keep('loki', { ...stream, time, log: line })
      seen.add(id)
    }
  }
  return [204]
})

const hook = await serve((request, body) => {
  const at = request.headers['x-toque-timestamp']
  const good = request.headers['x-toque-signature'] === `v1=${createHmac('sha256', signing).update(`${at}.${body}`).digest('hex')}`
  keep('hook', { good, delivery: request.headers['x-toque-delivery'], ...JSON.parse(body) })
  return good ? [200] : [401]
})

process.stdout.write(`${JSON.stringify({ fluentd: fluentd.port, loki, hook })}\n`)
