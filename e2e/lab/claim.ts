import { createServer, type Server } from 'node:net'

/**
 * A claim is a listening socket in Linux' abstract namespace: the kernel frees it the moment its owner dies, however it
 * dies, so a claim that cannot be had means a living owner, and one that can means there is none. No lock files to outlive anybody.
 */
export type Claim = Server

/** Claims a name on this machine, or returns undefined when a living process has it. */
export function claim(name: string): Promise<Claim | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen({ path: `\0toque-lab/${name}` }, () => {
      server.unref()
      resolve(server)
    })
  })
}

/** Gives a claim back. */
export function release(held: Claim): Promise<void> {
  return new Promise((resolve) => held.close(() => resolve()))
}
