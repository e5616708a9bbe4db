/**
 * Values over time. The consumer ends it by leaving its `for await` loop; the source ends it by returning, or fails it by throwing.
 * Over the wire it has backpressure: the source is held when the consumer does not read.
 */
export type Stream<T> = AsyncIterable<T>

/** A stream that also takes values: a terminal. */
export interface Channel<In, Out> extends AsyncIterable<Out> {
  /** Resolves when the other side has room for more. */
  send(value: In): Promise<void>
  close(): void
}
