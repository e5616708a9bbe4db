import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../../common/clock.ts'
import type { S3Target } from '../../../common/kube/volume-copies.ts'
import { S3Bucket } from '../places/s3-bucket.ts'

/** The keys of s3rver. */
export const S3_LOGIN = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

/** A real S3 server on this machine, in a process of its own, with one bucket, `copies`. */
export class S3Server {
  readonly target: S3Target
  readonly #process: ChildProcess
  readonly #dir: string

  private constructor(server: ChildProcess, dir: string, port: number) {
    this.#process = server
    this.#dir = dir
    this.target = { endpoint: `http://127.0.0.1:${String(port)}`, bucket: 'copies', prefix: 'team/', secretName: 's3' }
  }

  /** `directory`: where it keeps what it has; default: a new one that goes with it. */
  static async start(directory?: string): Promise<S3Server> {
    const dir = directory ?? await mkdtemp(join(tmpdir(), 'toque-s3-'))
    const server = spawn(process.execPath, [fileURLToPath(new URL('./s3-server.fixture.mjs', import.meta.url)), dir], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [line] = (await once(server.stdout, 'data')) as [Buffer]
    return new S3Server(server, dir, Number(line.toString()))
  }

  get port(): number {
    return Number(new URL(this.target.endpoint).port)
  }

  /** Keys of the objects that are there. */
  async objects(): Promise<string[]> {
    const xml = await (await new S3Bucket(this.target, S3_LOGIN, systemClock).ask('GET', '', { signal: AbortSignal.timeout(10_000) })).text()
    return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map((found) => found[1] ?? '')
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.stdin?.end()
    await ended
    await rm(this.#dir, { recursive: true, force: true })
  }
}

/** A way to a server that breaks off, for good, after so many bytes from who asks (or from the server). */
export async function breakingWay(port: number, { toServer = Infinity, fromServer = Infinity }: { toServer?: number; fromServer?: number }): Promise<{ port: number; close(): void }> {
  const left = { toServer, fromServer }
  const sockets = new Set<Socket>()
  const way = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    const both = [client, server]
    const cut = (): void => both.forEach((s) => s.destroy())
    for (const socket of both) {
      sockets.add(socket)
      socket.on('error', cut).on('close', cut)
    }
    const pass = (from: Socket, to: Socket, count: keyof typeof left): void => void from.on('data', (chunk: Buffer) => {
      left[count] -= chunk.length
      if (left[count] < 0) cut()
      else to.write(chunk)
    })
    pass(client, server, 'toServer')
    pass(server, client, 'fromServer')
  })
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve))
  return { port: (way.address() as AddressInfo).port, close: () => { sockets.forEach((s) => s.destroy()); way.close() } }
}
