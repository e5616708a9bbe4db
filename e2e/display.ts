import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { firstLine } from './lab/first-line.ts'

export interface Display extends AsyncDisposable {
  /** For DISPLAY. */
  readonly name: string
}

/** A screen that nobody sees: Xvfb on a free display number. */
export async function startDisplay(): Promise<Display> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve())
    server.once('error', () => resolve())
  })
  const number = await firstLine(server.stdio[3] as Readable).catch(() => {
    throw new Error('Xvfb does not start; is it installed? node e2e/prepare.mjs says what is missing')
  })
  return {
    name: `:${number.trim()}`,
    async [Symbol.asyncDispose]() {
      server.kill()
      await ended
    },
  }
}
