const NEWLINE = 10

/** The last `count` lines of a stream that ends. */
export async function* lastLines(source: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  const kept: Buffer[] = []
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      kept.push(rest.subarray(0, end + 1))
      if (kept.length > count) kept.shift()
      rest = rest.subarray(end + 1)
    }
  }
  if (rest.length > 0) kept.push(rest)
  yield* kept.slice(-count || kept.length)
}

/** At most `limit` bytes of a stream. */
export async function* limited(source: AsyncIterable<Uint8Array>, limit: number | undefined): AsyncGenerator<Uint8Array> {
  let left = limit ?? Infinity
  for await (const chunk of source) {
    yield chunk.length <= left ? chunk : chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) return
  }
}
