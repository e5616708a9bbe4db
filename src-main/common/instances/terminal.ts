import type { ExecQuery, TerminalInput, TerminalOutput } from '../contract/index.ts'
import type { ContainerSession, NodeAccess } from '../kube/node-access.ts'
import { makeStream } from '../rpc/make-stream.ts'
import type { Channel } from '../rpc/stream.ts'

/** The best shell there is: bash where the image has it, else sh. */
const BEST_SHELL = ['/bin/sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash || exec sh']

/** A program in a container, with a terminal. The session starts when the channel is read and ends with it. */
export function openTerminal(access: Pick<NodeAccess, 'exec'>, query: ExecQuery): Channel<TerminalInput, TerminalOutput> {
  const { instance, container, columns, rows } = query
  const command = query.command.length > 0 ? query.command : BEST_SHELL
  const session = access.exec({ namespace: instance.namespace, pod: instance.name, container }, { command, stdin: true, tty: true })
  // Whoever reads or sends hears of the failure; a channel that nobody uses must not fail the process.
  session.catch(() => undefined)
  const close = (): void => void session.then((s) => s.destroy(), () => undefined)
  const output = makeStream<TerminalOutput>(async (push, signal) => {
    const open = await session
    signal.addEventListener('abort', close)
    await open.resize(columns, rows).catch(() => undefined)
    await forwardOutput(open, push)
    const code = await open.exit
    await push({ type: 'exit', code, ...(code === 126 || code === 127 ? { message: 'The image has no such program; it may have no shell at all.' } : {}) })
  })
  const encoder = new TextEncoder()
  return {
    [Symbol.asyncIterator]: () => output[Symbol.asyncIterator](),
    send: async (input) => {
      const open = await session
      if (input.type === 'data') await open.writeStdin(encoder.encode(input.data))
      else await open.resize(input.columns, input.rows)
    },
    close,
  }
}

async function forwardOutput(session: ContainerSession, push: (output: TerminalOutput) => Promise<void>): Promise<void> {
  // A character may be cut between two chunks.
  const decoder = new TextDecoder()
  for await (const chunk of session.stdout) {
    const data = decoder.decode(chunk, { stream: true })
    if (data !== '') await push({ type: 'data', data })
  }
}
