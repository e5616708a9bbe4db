/** One line of what Docker says while it pulls or loads. */
export interface ProgressLine {
  id?: string
  status?: string
  progressDetail?: { current?: number; total?: number }
}

interface Line extends ProgressLine {
  error?: string
  errorDetail?: { message?: string }
}

/** Docker's lines until its answer ends. Fails with Docker's sentence where one of them is an error: the answer itself has begun as a success. */
export async function* progressLines(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<ProgressLine> {
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield* read(line)
  }
  yield* read(rest)
}

function* read(text: string): Generator<ProgressLine> {
  if (text.trim() === '') return
  const line = JSON.parse(text) as Line
  if (line.error !== undefined) throw new Error(line.errorDetail?.message ?? line.error)
  yield line
}
