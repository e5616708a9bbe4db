import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, repository } from './places.ts'

// Where e2e/prepare.mjs has put things. Each is looked for when asked, and the error says what to do.

/** kubectl 1.20, Debian 12's: exec and port-forward over SPDY, no server-side apply by default. */
export function kubectl120(): string {
  return prepared(join(cacheDir, 'kubectl-1.20/kubectl'))
}

/** kubectl 1.32: exec and port-forward over WebSocket. */
export function kubectl132(): string {
  return prepared(join(cacheDir, 'kubectl-1.32/kubectl'))
}

/** helm 3. */
export function helm(): string {
  return prepared(join(cacheDir, 'kubectl-1.32/helm'))
}

/** pebble, a CA that speaks ACME. */
export function pebble(): string {
  return prepared(join(cacheDir, 'pebble/pebble'))
}

/** A DNS server that answers what it is told to. */
export function testDns(): string {
  return prepared(join(cacheDir, 'pebble/pebble-challtestsrv'))
}

/** The Electron to run: the one told in TOQUE_ELECTRON, the official one, or the spare one for machines that cannot reach GitHub. */
export function electronPath(): string {
  const told = process.env['TOQUE_ELECTRON']
  if (told !== undefined && told !== '') return told
  const record = join(repository, 'node_modules/electron/path.txt')
  const official = existsSync(record) ? join(repository, 'node_modules/electron/dist', readFileSync(record, 'utf8')) : ''
  return existsSync(official) ? official : prepared(join(cacheDir, 'electron-33.2.1/electron'))
}

/** Debian's Prometheus. */
export function prometheus(): string {
  return prepared(join(cacheDir, 'prometheus-2/prometheus'))
}

/** Debian's promtool: Prometheus' own check of what is exposed. */
export function promtool(): string {
  return prepared(join(cacheDir, 'prometheus-2/promtool'))
}

function prepared(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing; make it with: node e2e/prepare.mjs`)
  return path
}
