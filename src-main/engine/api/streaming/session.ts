import type { ContainerSession } from '../../../common/kube/node-access.ts'
import type { Channel, SessionChannels } from './channel.ts'
import type { SessionProtocol } from './outcome.ts'
import { decodeSize, encodeOutcome } from './outcome.ts'

/** Connects a program with its client until the program ends or the client goes away. Resolves when all is said; never rejects. */
export async function serveSession(session: ContainerSession, channels: SessionChannels, protocol: SessionProtocol): Promise<void> {
  const abandon = (): void => session.destroy()
  channels.gone.addEventListener('abort', abandon, { once: true })
  if (channels.gone.aborted) abandon()
  void feed(session, channels.stdin)
  void resize(session, channels.resize)
  let outcome: { exitCode: number } | { error: unknown }
  try {
    const [, , exitCode] = await Promise.all([pour(session.stdout, channels.stdout), pour(session.stderr, channels.stderr), session.exit])
    outcome = { exitCode }
  } catch (error) {
    session.destroy()
    outcome = { error }
  }
  channels.gone.removeEventListener('abort', abandon)
  await Promise.all([channels.stdout?.end(), channels.stderr?.end()])
  await channels.error.write(encodeOutcome(outcome, protocol))
  await channels.error.end()
}

/** The program's output to the client, each chunk when the last one was taken. Output nobody asked for is read and dropped. */
async function pour(output: AsyncIterable<Uint8Array>, channel: Channel | undefined): Promise<void> {
  for await (const chunk of output) await channel?.write(chunk)
}

/** The client's input to the program. Input that it no longer takes is not an error. */
async function feed(session: ContainerSession, channel: Channel | undefined): Promise<void> {
  if (channel === undefined) return
  try {
    for await (const chunk of channel.readable) await session.writeStdin(chunk)
    session.endStdin()
  } catch {
    // The program has closed its input or is over; its exit says so.
  }
}

/** Sizes come as JSON objects, one after the other, with or without line ends. */
async function resize(session: ContainerSession, channel: Channel | undefined): Promise<void> {
  if (channel === undefined) return
  let text = ''
  try {
    for await (const chunk of channel.readable) {
      text += Buffer.from(chunk).toString()
      const whole = text.split('}')
      text = whole.pop() ?? ''
      for (const part of whole) {
        const size = decodeSize(`${part}}`)
        if (size !== undefined) await session.resize(size.columns, size.rows)
      }
    }
  } catch {
    // A terminal that is gone needs no size.
  }
}
