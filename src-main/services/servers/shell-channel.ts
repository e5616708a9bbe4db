import type { TerminalInput, TerminalOutput } from '../../common/contract/index.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Channel } from '../../common/rpc/stream.ts'
import type { SshShell } from '../../hosts/ssh/shell.ts'

/** A server's shell as the screens speak to it. It is opened when the channel is made, and hung up when it is closed or left. */
export function shellChannel(open: (signal: AbortSignal) => Promise<SshShell>): Channel<TerminalInput, TerminalOutput> {
  const leaving = new AbortController()
  const opened = open(leaving.signal)
  // Whoever reads or sends hears of the failure; a channel that nobody uses must not fail the process.
  opened.catch(() => undefined)
  const close = (): void => {
    leaving.abort(new Error('the terminal was closed'))
    opened.then((shell) => shell.stream.destroy(), () => undefined)
  }
  const output = makeStream<TerminalOutput>(async (push, signal) => {
    const shell = await opened
    signal.addEventListener('abort', close)
    // A character may be cut between two chunks.
    const decoder = new TextDecoder()
    for await (const chunk of shell.stream) {
      const data = decoder.decode(chunk as Uint8Array, { stream: true })
      if (data !== '') await push({ type: 'data', data })
    }
    const code = await shell.exit
    await push({ type: 'exit', code: code ?? 255, ...(code === null ? { message: 'The connection was lost, or the shell was killed.' } : {}) })
  })
  return {
    [Symbol.asyncIterator]: () => output[Symbol.asyncIterator](),
    send: async (input) => {
      const shell = await opened
      if (input.type === 'resize') return shell.resize(input)
      if (!shell.stream.write(input.data)) await new Promise((resolve) => shell.stream.once('drain', resolve).once('close', resolve))
    },
    close,
  }
}
