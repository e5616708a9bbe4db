// Asks each `NAME=URL` of its arguments over and over, each time on a new connection, and prints a JSON line for every answer that differs from
// the one before: {"at": ms since the epoch, "name", "ok"}. On SIGTERM it prints how many it asked: {"name", "asked", "failed"} each, and ends.
import { get } from 'node:http'

const PAUSE_MS = 10
const targets = process.argv.slice(2).map((word) => ({ name: word.slice(0, word.indexOf('=')), url: word.slice(word.indexOf('=') + 1), ok: undefined, asked: 0, failed: 0 }))
let ending = false

function ask(url) {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 1000 }, (response) => {
      response.resume()
      response.once('close', () => resolve(response.complete && response.statusCode === 200))
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
  })
}

async function loop(target) {
  while (!ending) {
    const ok = await ask(target.url)
    target.asked++
    if (!ok) target.failed++
    if (ok !== target.ok) {
      target.ok = ok
      process.stdout.write(`${JSON.stringify({ at: Date.now(), name: target.name, ok })}\n`)
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  process.stdout.write(`${JSON.stringify({ name: target.name, asked: target.asked, failed: target.failed })}\n`)
}

process.once('SIGTERM', () => {
  ending = true
})
// Whoever started this holds the other end; when they are gone, so is this.
process.stdin.resume().once('end', () => process.exit(1))
await Promise.all(targets.map(loop))
process.exit(0)
