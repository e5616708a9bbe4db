import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { sendItems } from './respond.ts'

/** Serves one list, once; `over` when the sender has done with it. */
async function serving(items: Iterable<string | Buffer>, gzip: boolean): Promise<{ answer: IncomingMessage; over: Promise<void> }> {
  let sent: (over: Promise<void>) => void
  const sending = new Promise<Promise<void>>((resolve) => (sent = resolve))
  const server = createServer((_request, response) => sent(sendItems(response, '{"items":[', items, ']}\n', 'application/json', gzip)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const answer = await new Promise<IncomingMessage>((resolve) => get({ port: (server.address() as AddressInfo).port, agent: false }, resolve))
  const over = sending.then((promise) => promise)
  return { answer, over }
}

async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Items of many lengths, some longer than a slice, with letters that slices cut in the middle. */
const values = Array.from({ length: 3_000 }, (_, i) => ({ i, text: '목록 ✓'.repeat(i % 1_000 === 999 ? 40_000 : i % 97) }))
const pieces = values.map((value, i) => i % 2 === 0 ? JSON.stringify(value) : Buffer.from(JSON.stringify(value)))

test.each([false, true])('a long list comes as it is, zipped: %s', async (gzip) => {
  const { answer, over } = await serving(pieces, gzip)
  const body = await bodyOf(answer)
  await over
  expect([answer.headers['content-encoding'], answer.headers['content-length']]).toEqual([gzip ? 'gzip' : undefined, undefined])
  expect(JSON.parse((gzip ? gunzipSync(body) : body).toString())).toEqual({ items: values })
})

test.each([0, 1, 3])('a short list comes whole, with its length: %i items', async (count) => {
  const { answer, over } = await serving(pieces.slice(0, count), true)
  const body = await bodyOf(answer)
  await over
  expect(answer.headers['content-length']).toBe(String(body.length))
  expect(JSON.parse(body.toString())).toEqual({ items: values.slice(0, count) })
})

test.each([false, true])('who does not read holds the list back, and who leaves ends it, zipped: %s', async (gzip) => {
  let taken = 0
  const endless = (function* () {
    for (;;) yield `"${String(taken++)} ${Array.from({ length: 2_000 }, () => Math.random().toString(36).slice(2)).join('')}"`
  })()
  const { answer, over } = await serving(endless, gzip)
  // Nobody reads: what the kernel and the pipes hold fills up, and then no more is made.
  let before = -1
  for (let still = 0; still < 5; still = before === taken ? still + 1 : 0) {
    before = taken
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  answer.destroy()
  await over
  expect(taken).toBeLessThan(before + 100)
})
