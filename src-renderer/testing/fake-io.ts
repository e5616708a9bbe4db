import type { LogLine, LogQuery, TerminalInput, TerminalOutput, UsagePoint } from '../../src-main/common/contract/index.ts'
import type { Channel, Stream } from '../../src-main/common/rpc/stream.ts'

const PATHS = ['/', '/menu', '/menu/pasta', '/api/orders', '/static/app.js', '/reservations?date=2026-11-23', '/health']

function line(instance: string, container: string, time: number, n: number): LogLine {
  if (n % 23 === 7) return { instance, container, time, stream: 'stderr', text: `\u001b[33mwarn\u001b[0m slow upstream: ${String(400 + ((n * 37) % 900))} ms for ${PATHS[n % PATHS.length] ?? '/'}` }
  if (n % 41 === 11) return { instance, container, time, stream: 'stderr', text: `\u001b[31merror\u001b[0m connect ECONNREFUSED 10.96.12.4:5433 (attempt ${String(n % 5)})` }
  return { instance, container, time, stream: 'stdout', text: `10.244.1.${String(2 + (n % 40))} "GET ${PATHS[(n * 5) % PATHS.length] ?? '/'} HTTP/1.1" \u001b[32m200\u001b[0m ${String(180 + ((n * 97) % 4000))} ${String((n * 13) % 90)}ms` }
}

/** Access-log-like lines: what was kept, then a few a second. */
export async function* fakeLogs(query: LogQuery): Stream<LogLine[]> & AsyncGenerator<LogLine[]> {
  const start = Date.now()
  const count = query.tailLines ?? 300
  const at = (i: number): LogLine => {
    const instance = query.instances[i % Math.max(1, query.instances.length)]?.name ?? 'pod'
    return line(instance, query.container ?? 'app', start - (count - i) * 730, i)
  }
  yield Array.from({ length: count }, (_, i) => at(i))
  for (let i = count; query.follow; i++) {
    await new Promise((resolve) => setTimeout(resolve, 400))
    yield [at(i)].map((l) => ({ ...l, time: Date.now() }))
  }
}

const IN_A_POD: Record<string, string> = { ls: 'bin   docker-entrypoint.d   etc   usr   var\r\n', hostname: 'my-website-deployment-7d5b9c\r\n', id: 'uid=0(root) gid=0(root) groups=0(root)\r\n' }

/** A shell that knows a few words. */
export class FakeTerminal implements Channel<TerminalInput, TerminalOutput> {
  readonly #prompt: string
  readonly #answers: Record<string, string>
  readonly #queue: TerminalOutput[]
  #wake: () => void = () => undefined
  #closed = false
  #typed = ''

  constructor(prompt = '/ # ', answers = IN_A_POD) {
    this.#prompt = prompt
    this.#answers = { '': '', ...answers }
    this.#queue = [{ type: 'data', data: prompt }]
  }

  send(input: TerminalInput): Promise<void> {
    if (input.type === 'resize') return Promise.resolve()
    for (const char of input.data) {
      if (char === '\r') this.#run()
      else if (char === '\u007f') {
        if (this.#typed !== '') this.#say('\b \b')
        this.#typed = this.#typed.slice(0, -1)
      } else {
        this.#typed += char
        this.#say(char)
      }
    }
    return Promise.resolve()
  }

  #run(): void {
    const command = this.#typed.trim()
    this.#typed = ''
    if (command === 'exit') {
      this.#queue.push({ type: 'data', data: '\r\n' }, { type: 'exit', code: 0 })
      this.#closed = true
      this.#wake()
      return
    }
    const answer = this.#answers[command] ?? `sh: ${command}: not found\r\n`
    this.#say(`\r\n${answer}${this.#prompt}`)
  }

  #say(data: string): void {
    this.#queue.push({ type: 'data', data })
    this.#wake()
  }

  close(): void {
    this.#closed = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TerminalOutput> {
    for (;;) {
      const next = this.#queue.shift()
      if (next !== undefined) yield next
      else if (this.#closed) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

/** Ten minutes of history, then a point a second. */
export async function* fakeUsage(cpuMilli: number, memoryBytes: number): Stream<UsagePoint[]> & AsyncGenerator<UsagePoint[]> {
  const at = (time: number): UsagePoint => {
    const t = time / 1000
    const wave = 0.42 + 0.1 * Math.sin(t / 47) + 0.06 * Math.sin(t / 11) + 0.012 * Math.sin(t * 1.7) + (Math.sin(t / 90) > 0.93 ? 0.25 : 0)
    return { time, cpuMilli: Math.max(1, cpuMilli * wave), memoryBytes: memoryBytes * (0.58 + 0.03 * Math.sin(t / 130) + 0.004 * Math.sin(t / 5)) }
  }
  const start = Date.now()
  yield Array.from({ length: 600 }, (_, i) => at(start - (600 - i) * 1000))
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    yield [at(Date.now())]
  }
}
