import type { Channel, Stream } from './stream.ts'

/**
 * How a method behaves over the wire. A `watch` is a stream that starts with the whole present state, so it may be subscribed
 * again after a lost connection; a `stream` may not (log lines would come twice).
 */
export type MethodKind = 'call' | 'watch' | 'stream' | 'channel'

/** One word a method. Made from the contract's type, so that the compiler finds a missing or a wrong one. */
export type ShapeOf<Contract> = {
  readonly [Service in keyof Contract]: { readonly [Method in keyof Contract[Service]]: KindOf<Contract[Service][Method]> }
}

type KindOf<Method> = Method extends (...args: never[]) => infer Result
  ? Result extends Promise<unknown> ? 'call' : Result extends Channel<never, unknown> ? 'channel' : Result extends Stream<unknown> ? 'watch' | 'stream' : never
  : never

/** A shape as client and server read it. */
export type Shape = Readonly<Record<string, Readonly<Record<string, MethodKind>>>>
