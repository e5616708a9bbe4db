import { spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { once } from 'node:events'

/** A port of another network that was brought here. */
export interface ForwardedPort {
  /** Its number on this machine's 127.0.0.1. */
  readonly port: number
  stop(): void
}

/** Brings a port of 127.0.0.1 inside another network here, under the number `here` (0: any free one). `enter`: the words that make a command run there. */
export async function forwardPort(enter: readonly string[], port: number, here: number): Promise<ForwardedPort> {
  const [command = '', ...words] = [...enter, 'socat', 'STDIO', `TCP:127.0.0.1:${String(port)}`]
  const children = new Set<ReturnType<typeof spawn>>()
  const server = createServer((socket) => {
    const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'ignore'] })
    children.add(child)
    child.once('exit', () => {
      children.delete(child)
      socket.destroy()
    })
    socket.on('error', () => child.kill())
    socket.once('close', () => child.kill())
    child.stdin.on('error', () => socket.destroy())
    socket.pipe(child.stdin)
    child.stdout.pipe(socket)
  })
  server.listen(here, '127.0.0.1')
  await once(server, 'listening').catch((error: unknown) => {
    throw new Error(`port ${String(here)} of this machine is taken, so the demo's page cannot be shown: ${String(error)}`)
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close()
      for (const child of children) child.kill()
    },
  }
}
