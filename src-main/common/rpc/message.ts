import type { Status } from '../kube/generated/meta-v1.ts'

/** How many values may be on their way before the receiver must grant more. */
export const WINDOW = 16

/** What the asking side sends. `id` is its own choice, unique on the connection. */
export type Request =
  | { type: 'call'; id: number; service: string; method: string; args: unknown[] }
  /** Opens a stream or a channel, with WINDOW credits both ways. */
  | { type: 'open'; id: number; service: string; method: string; args: unknown[] }
  /** `count` more values may come. */
  | { type: 'credit'; id: number; count: number }
  /** A value into a channel; costs one credit. */
  | { type: 'send'; id: number; value: unknown }
  /** No interest any more. */
  | { type: 'cancel'; id: number }

/** What the answering side sends. `result`, `error` and `end` are the last of their id. */
export type Response =
  | { type: 'result'; id: number; value: unknown }
  | { type: 'error'; id: number; status: Status }
  | { type: 'item'; id: number; value: unknown }
  | { type: 'credit'; id: number; count: number }
  | { type: 'end'; id: number }
