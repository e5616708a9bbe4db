import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { deskId } from '../key-file.ts'

/** Who a desk is, to others. */
export interface DeskIdentity {
  /** One word; a data directory that is copied to another machine is another desk there. */
  readonly holder: string
  /** For people: `mina@laptop`. */
  readonly name: string
}

/** This desk: its data directory, on this machine. */
export function deskIdentity(dataDir: string): DeskIdentity {
  const holder = createHash('sha256').update(deskId(dataDir)).update(machineId()).digest('hex').slice(0, 16)
  return { holder, name: `${userName()}@${hostname()}` }
}

/** The same as long as the machine is. */
export function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim()
  } catch {
    return hostname()
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container's user without a name.
    return 'desk'
  }
}
