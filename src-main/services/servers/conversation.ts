import type { AddServerInput, AddServerOutput } from '../../common/contract/index.ts'
import { Inbox } from '../../common/rpc/inbox.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Channel } from '../../common/rpc/stream.ts'
import type { SshPrompts } from '../../hosts/ssh/target.ts'

/** The other end of an `add` or `reconnect`: says what happens, and asks. Everything rejects when the person has left. */
export interface Conversation {
  readonly signal: AbortSignal
  say(output: AddServerOutput): Promise<void>
  /** The next input of a type; others are passed over. */
  hear<Type extends AddServerInput['type']>(type: Type): Promise<Extract<AddServerInput, { type: Type }>>
}

/** A channel whose life is `talk`: it begins when the channel is read, and is over when it resolves. */
export function converse(talk: (conversation: Conversation) => Promise<void>): Channel<AddServerInput, AddServerOutput> {
  const inputs = new Inbox<AddServerInput>(() => undefined, () => undefined)
  const leaving = new AbortController()
  const leave = (): void => {
    leaving.abort(new Error('cancelled'))
    inputs.finish(new Error('cancelled'))
  }
  const outputs = makeStream<AddServerOutput>(async (push, signal) => {
    signal.addEventListener('abort', leave)
    await talk({
      signal: leaving.signal,
      say: async (output) => {
        leaving.signal.throwIfAborted()
        await push(output)
      },
      async hear(type) {
        for (;;) {
          const next = await inputs.next()
          if (next.done === true) throw new Error('cancelled')
          if (next.value.type === type) return next.value as never
        }
      },
    })
  })
  return {
    [Symbol.asyncIterator]: () => outputs[Symbol.asyncIterator](),
    send: (input) => {
      inputs.push(input)
      return Promise.resolve()
    },
    close: leave,
  }
}

/** Asks the person at the other end, and notes secrets with `keep`. */
export function askingPrompts({ say, hear }: Conversation, known: (of: string) => string | undefined, keep: (of: string, value: string, remember: boolean) => void): SshPrompts {
  const secret = async (what: 'password' | 'passphrase', of: string, key: string, wrong: boolean): Promise<string | undefined> => {
    const kept = wrong ? undefined : known(key)
    if (kept !== undefined) return kept
    await say({ type: 'ask-secret', what, of, wrong })
    const { value, remember } = await hear('secret')
    if (value !== undefined) keep(key, value, remember)
    return value
  }
  return {
    trustHostKey: async ({ server, type, fingerprint }) => {
      await say({ type: 'host-key', server, keyType: type, fingerprint })
      return (await hear('trust')).yes
    },
    password: (server, _user, wrong) => secret('password', server, 'password', wrong),
    passphrase: (file, wrong) => secret('passphrase', file, `passphrase ${file}`, wrong),
    answers: async (_server, instructions, questions) => {
      await say({ type: 'ask', instructions, questions: questions.map(({ prompt, echo }) => ({ prompt, echo })) })
      return (await hear('answers')).answers
    },
  }
}
