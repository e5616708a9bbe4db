import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import { DEFAULT_POLICY } from './default-policy.ts'
import { LogFile } from './log-file.ts'
import { readPolicy } from './policy-file.ts'
import { AuditTrail } from './trail.ts'
import type { AuditSink } from './trail.ts'
import type { Trail } from './trails.ts'

/** The audit log of one API server: `audit/audit.log` in its data folder, by the policy in `audit-policy.yaml` beside it. */
export interface Auditor {
  /** Follows a request until `ends` is closed. */
  follow(request: IncomingMessage, ends: ServerResponse | Duplex): Trail
  /** Writes what waits, and what is still under way as over. */
  close(): Promise<void>
}

/** Reads the policy, once. One that is wrong is not used: `say` hears what is wrong with it, and the default policy holds. */
export async function startAuditor(dataDir: string, clock: Clock, say: (sentence: string) => void): Promise<Auditor> {
  const path = join(dataDir, 'audit-policy.yaml')
  const policy = await readPolicy(path).catch((error: unknown) => say(`The audit policy ${path} is not used, the default one is: ${messageOf(error)}`))
  const file = new LogFile(join(dataDir, 'audit'), clock, say)
  const open = new Set<AuditTrail>()
  const sink: AuditSink = { policy: policy ?? DEFAULT_POLICY, clock, open, write: (line) => file.write(line) }
  return {
    follow: (request, ends) => new AuditTrail(sink, request, ends),
    close() {
      for (const trail of open) trail.end()
      return file.close()
    },
  }
}
