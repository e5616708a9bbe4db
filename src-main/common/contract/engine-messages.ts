import type { EngineState } from './index.ts'

/** What the desk's process tells the engine that it forked. `connect` comes with a port. */
export type ToEngine =
  | { type: 'start'; dataDir: string; secretKey: Uint8Array | undefined; dockerSocket: string | undefined; nodeAddress: string | undefined; useLocal: boolean }
  | { type: 'connect' }
  | { type: 'stop' }

/** What the engine tells the desk's process. */
export interface FromEngine {
  type: 'state'
  state: EngineState
}
