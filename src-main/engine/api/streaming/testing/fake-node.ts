import { setTimeout as delay } from 'node:timers/promises'
import { StatusError } from '../../../../common/errors.ts'
import type { ByteStream, ContainerSession, ContainerTarget, ExecOptions, NodeAccess, PodLogOptions } from '../../../../common/kube/node-access.ts'
import { ByteQueue } from '../byte-queue.ts'

/** What a fake node saw. */
export interface Seen {
  sizes: string[]
  destroyed: number
  /** How many began to `sleep`. */
  sleeping: number
  stdinBytes: number
  /** What `flood` has got rid of. */
  written: number
}

/**
 * A node whose programs are known by their command: `echo` gives stdin back until it ends, `fail N` writes to both outputs and exits
 * with N, `flood N` writes N megabytes, `sleep` never ends, `missing` is refused. A log says what it is of. Ports echo in capitals; port 9 refuses.
 */
export function fakeNode(): { nodes: Pick<NodeAccess, 'exec' | 'attach' | 'logs' | 'portForward'>; seen: Seen } {
  const seen: Seen = { sizes: [], destroyed: 0, sleeping: 0, stdinBytes: 0, written: 0 }
  const exec = async (_target: ContainerTarget, { command: [name, argument = '0'], tty }: ExecOptions): Promise<ContainerSession> => {
    if (name === 'missing') throw new StatusError('BadRequest', 'container "c" has not started: its image is being pulled')
    const [stdin, stdout, stderr] = [new ByteQueue(65_536), new ByteQueue(65_536), new ByteQueue(65_536)]
    const run = async (): Promise<number> => {
      if (name === 'echo') for await (const chunk of stdin) await stdout.push(chunk)
      else if (name === 'count') for await (const chunk of stdin) seen.stdinBytes += chunk.length
      else if (name === 'flood') {
        for (let i = 0; i < Number(argument) * 16; i++) {
          await stdout.push(Buffer.alloc(65_536, 65 + (i % 26)))
          seen.written += 65_536
        }
      } else if (name === 'sleep') await new Promise<void>((resolve) => {
        end = resolve
        seen.sleeping += 1
      })
      else {
        await stdout.push(Buffer.from('to stdout\n'))
        if (!tty) await stderr.push(Buffer.from('to stderr\n'))
        await delay(10)
      }
      stdout.end()
      stderr.end()
      return name === 'fail' ? Number(argument) : 0
    }
    let end = (): void => undefined
    return {
      stdout, stderr, exit: run(),
      writeStdin: (chunk) => stdin.push(chunk),
      endStdin: () => stdin.end(),
      resize: async (columns, rows) => void seen.sizes.push(`${columns}x${rows}`),
      destroy: () => {
        seen.destroyed += 1
        for (const queue of [stdin, stdout, stderr]) queue.destroy()
        end()
      },
    }
  }
  const portForward = async (_namespace: string, _pod: string, port: number): Promise<ByteStream> => {
    if (port === 9) throw new StatusError('ServiceUnavailable', 'connection refused')
    const echo = new ByteQueue(65_536)
    return { readable: echo, write: (chunk) => echo.push(Buffer.from(Buffer.from(chunk).toString('latin1').toUpperCase(), 'latin1')), end: () => echo.end(), destroy: () => echo.destroy() }
  }
  async function* logs({ container }: ContainerTarget, { tailLines }: PodLogOptions): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`of ${container}\n`)
    yield Buffer.from(`the last ${String(tailLines)}\n`)
  }
  return { nodes: { exec, logs, attach: (target, options) => exec(target, { ...options, command: ['echo'] }), portForward }, seen }
}
