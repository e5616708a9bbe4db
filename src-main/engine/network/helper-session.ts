import type { Duplex } from 'node:stream'
import { PassThrough } from 'node:stream'
import type Docker from 'dockerode'
import type { Clock, Timer } from '../../common/clock.ts'

/** What the helper's script can be asked; see resources/node-helper/helper.sh. */
export type HelperVerb = 'node' | 'ways' | 'key' | 'handshakes' | 'rules' | 'flows' | 'backends' | 'probe' | 'hosts' | 'dns' | 'ingress' | 'counters' | 'read' | 'lease' | 'release' | 'copy' | 'facts' | 'used'

/** The helper did not do what it was asked; the message is the tool's own. */
export class HelperError extends Error {
  override readonly name = 'HelperError'
}

/** Longest wait for an answer. After it the session is given up: the host is stuck or gone. */
const DEADLINE_MS = 10_000

const END = Buffer.from('.\n')

interface Waiting {
  resolve(text: string): void
  reject(error: Error): void
  timer: Timer
}

/**
 * One `docker exec` of the helper's script, kept open: a request costs a round trip and the tool's own time, not the start of a
 * process through Docker. Requests are answered in their order.
 */
export class HelperSession {
  /** Does the node's kernel pass bridged frames through netfilter? */
  readonly bridgeNetfilter: boolean
  /** Can its nftables follow connections of bridged frames? */
  readonly bridgeFilter: boolean
  /** Resolves when the session has ended, from either side. */
  readonly closed: Promise<void>
  readonly #stream: Duplex
  readonly #clock: Clock
  readonly #waiting = new Map<string, Waiting>()
  #nextId = 1
  #buffer: Buffer = Buffer.alloc(0)
  #ended = false

  private constructor(stream: Duplex, output: PassThrough, rest: Buffer, clock: Clock, greeting: string) {
    this.bridgeNetfilter = greeting.includes('bridge-netfilter=1')
    this.bridgeFilter = greeting.includes('bridge-filter=1')
    this.#stream = stream
    this.#clock = clock
    this.closed = new Promise((resolve) => {
      const end = (): void => {
        this.#end(new HelperError('the connection to the node helper has ended'))
        resolve()
      }
      stream.once('close', end).once('end', end).on('error', end)
    })
    output.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#read(rest)
  }

  /**
   * Opens a session in a running helper container, of an engine that drives since `epoch`: the helper does nothing for it once another one has a
   * higher epoch. Rejects with HelperError or Docker's error.
   */
  static async open(docker: Docker, container: string, clock: Clock, epoch: number): Promise<HelperSession> {
    const exec = await docker.getContainer(container).exec({
      Cmd: ['/bin/sh', '/usr/lib/toque/helper', 'serve', String(epoch)], AttachStdin: true, AttachStdout: true, AttachStderr: true,
    })
    const stream = await exec.start({ hijack: true, stdin: true })
    const output = new PassThrough()
    // What the script says besides its answers is of no use here; reading it keeps the pipe moving.
    const complaints = new PassThrough().resume()
    docker.modem.demuxStream(stream, output, complaints)
    const { greeting, rest } = await firstLine(stream, output, clock)
    if (!greeting.startsWith('toque-helper 1')) {
      stream.destroy()
      throw new HelperError(`the node helper answers ${JSON.stringify(greeting.slice(0, 200))}: it is not one this version of Toque can drive; remove its container and it is made anew`)
    }
    return new HelperSession(stream, output, rest, clock, greeting)
  }

  /** Is it over? Then what was asked failed for that, and not for itself. */
  get ended(): boolean {
    return this.#ended
  }

  /** Asks, and resolves with what the tool printed, or rejects with HelperError. */
  request(verb: HelperVerb, body: string | Buffer = ''): Promise<string> {
    if (this.#ended) return Promise.reject(new HelperError('the connection to the node helper has ended'))
    const id = String(this.#nextId++)
    const payload = typeof body === 'string' ? Buffer.from(body) : body
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => this.#stream.destroy(new HelperError('the node helper does not answer')), DEADLINE_MS)
      this.#waiting.set(id, { resolve, reject, timer })
      // The last line: a request whose end is missing was cut off, and must not be done by half.
      this.#stream.write(Buffer.concat([Buffer.from(`${verb} ${id} ${String(payload.length)}\n`), payload, END]))
    })
  }

  close(): void {
    this.#stream.destroy()
    this.#end(new HelperError('the connection to the node helper was closed'))
  }

  #read(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    for (;;) {
      const newline = this.#buffer.indexOf(10)
      if (newline < 0) return
      const [id = '', code = '', size = '0'] = this.#buffer.subarray(0, newline).toString().split(' ')
      const end = newline + 1 + Number(size)
      // The answer's text, and the newline that closes it.
      if (this.#buffer.length < end + 1) return
      const text = this.#buffer.subarray(newline + 1, end).toString()
      this.#buffer = this.#buffer.subarray(end + 1)
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      waiting?.timer.cancel()
      if (code === '0') waiting?.resolve(text)
      else waiting?.reject(new HelperError(text.trim() || `the node helper failed with code ${code}`))
    }
  }

  #end(error: Error): void {
    this.#ended = true
    for (const { reject, timer } of this.#waiting.values()) {
      timer.cancel()
      reject(error)
    }
    this.#waiting.clear()
  }
}

function firstLine(stream: Duplex, output: PassThrough, clock: Clock): Promise<{ greeting: string; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0)
    const done = (act: () => void): void => {
      timer.cancel()
      output.off('data', onData)
      stream.off('error', onEnd).off('end', onEnd).off('close', onEnd)
      act()
    }
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk])
      const newline = seen.indexOf(10)
      if (newline >= 0) done(() => resolve({ greeting: seen.subarray(0, newline).toString(), rest: seen.subarray(newline + 1) }))
    }
    const onEnd = (): void => done(() => reject(new HelperError(`the node helper's script ended at once: ${seen.toString().trim() || 'no output'}`)))
    const timer = clock.setTimeout(() => done(() => {
      stream.destroy()
      reject(new HelperError('the node helper does not answer'))
    }), DEADLINE_MS)
    output.on('data', onData)
    stream.once('error', onEnd).once('end', onEnd).once('close', onEnd)
  })
}
