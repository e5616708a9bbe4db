import type { Duplex } from 'node:stream'
import type { ContainerSession } from '../common/kube/node-access.ts'
import { demultiplexed, writer } from './multiplexed.ts'

/** A program in a container, over the stream that Docker hijacked for it. */
export function dockerSession(stream: Duplex, tty: boolean, exitCode: () => Promise<number>, resize: (columns: number, rows: number) => Promise<unknown>): ContainerSession {
  const { stdout, stderr, ended } = demultiplexed(stream, tty)
  const write = writer(stream)
  const exit = ended.then(exitCode)
  exit.catch(() => undefined)
  return {
    stdout, stderr, exit,
    writeStdin: write,
    endStdin: () => { stream.end() },
    resize: async (columns, rows) => { await resize(columns, rows) },
    destroy: () => { stream.destroy() },
  }
}
