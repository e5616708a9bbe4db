import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { rm } from 'node:fs/promises'

/** One request that went by. */
export interface TappedRequest {
  /** Milliseconds since the epoch. */
  at: number
  method: string
  path: string
}

/** A unix socket that leads to Docker's, byte for byte, and notes which requests go by and when: what an engine does, seen from outside it. */
export class DockerTap {
  readonly requests: TappedRequest[] = []
  readonly path: string
  readonly #server: Server
  readonly #open = new Set<Socket>()

  private constructor(path: string, target: string) {
    this.path = path
    this.#server = createServer({ allowHalfOpen: true }, (inner) => {
      const outer = createConnection({ path: target, allowHalfOpen: true })
      for (const socket of [inner, outer]) {
        this.#open.add(socket)
        socket.on('close', () => this.#open.delete(socket))
        socket.on('error', () => [inner, outer].forEach((one) => one.destroy()))
      }
      inner.on('data', (chunk: Buffer) => this.#note(chunk))
      inner.pipe(outer)
      outer.pipe(inner)
    })
  }

  static async open(path: string, target: string): Promise<DockerTap> {
    await rm(path, { force: true })
    const tap = new DockerTap(path, target)
    await new Promise<void>((resolve, reject) => tap.#server.once('error', reject).listen(path, resolve))
    return tap
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** HTTP clients begin a request with a write of its own, so a request line is at the start of a chunk. */
  #note(chunk: Buffer): void {
    const [, method, path] = /^([A-Z]+) (\S+) HTTP\/1\.1\r\n/.exec(chunk.subarray(0, 400).toString('latin1')) ?? []
    if (method !== undefined && path !== undefined) this.requests.push({ at: Date.now(), method, path })
  }
}
