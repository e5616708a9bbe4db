import { randomBytes, createHash } from 'node:crypto'
import { linkSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StoreLockedError } from './store.ts'

const GREETING_WAIT_MS = 500

/** A held lock. */
export interface DirectoryLock {
  release(): Promise<void>
}

/**
 * Takes the directory for this process, or throws StoreLockedError with a sentence that says who holds it. The lock is a listening
 * socket, which the kernel closes however its process ends: nothing to clean up after SIGKILL, no process ids to be reused, and
 * containers that share the directory see each other.
 */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = socketPath(realpathSync(dir))
  const greeting = `process ${process.pid} (${process.title}), running since ${new Date(Date.now() - process.uptime() * 1000).toISOString()}`
  for (let attempt = 0; attempt < 5; attempt++) {
    const server = await listen(path, greeting)
    if (server !== undefined) return { release: () => new Promise((resolve) => server.close(() => resolve())) }
    const holder = await askHolder(path)
    if (holder !== undefined) throw lockedBy(dir, holder)
    // Nobody answers. It may be starting: between its bind and its listen. Look again before taking the place.
    await delay(30)
    const late = await askHolder(path)
    if (late !== undefined) throw lockedBy(dir, late)
    await removeStale(path, dir)
  }
  throw new StoreLockedError(`The data directory ${dir} could not be locked: several engines are starting on it at once.`)
}

function lockedBy(dir: string, holder: string): StoreLockedError {
  return new StoreLockedError(`The data directory ${dir} is in use by another Toque engine: ${holder}. Quit that one, or start this one with another data directory.`)
}

/** Unix sockets have room for about 100 bytes of path. */
function socketPath(dir: string): string {
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 24)
  if (process.platform === 'win32') return `\\\\.\\pipe\\toque-${hash}`
  const path = join(dir, 'engine.sock')
  return Buffer.byteLength(path) < 100 ? path : join('/tmp', `toque-${process.getuid?.() ?? 0}-${hash}.sock`)
}

/** Undefined when the address is taken. */
function listen(path: string, greeting: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.end(greeting)
      socket.unref()
    })
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(path, () => {
      server.unref()
      resolve(server)
    })
  })
}

/** What the holder says of itself; undefined when nobody listens. One that hangs still holds. */
function askHolder(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let connected = false
    let text = ''
    const socket: Socket = connect(path)
    socket.setTimeout(GREETING_WAIT_MS, () => socket.destroy())
    socket.on('connect', () => (connected = true))
    socket.on('data', (chunk) => (text += chunk.toString()))
    // An error before the connection is the answer: nobody there.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(connected ? text || 'one that does not answer' : undefined))
  })
}

/** Moves the dead socket away; should a new engine have bound it meanwhile, puts it back. */
async function removeStale(path: string, dir: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}`
  try {
    renameSync(path, aside)
  } catch {
    return // somebody else removed it
  }
  const holder = await askHolder(aside)
  if (holder !== undefined) linkSync(aside, path)
  rmSync(aside, { force: true })
  if (holder !== undefined) throw lockedBy(dir, holder)
}
