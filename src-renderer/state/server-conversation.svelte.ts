import type { AddServerInput, AddServerOutput, AddServerRequest, AddServerStep, Explanation } from '../../src-main/common/contract/index.ts'
import type { Channel } from '../../src-main/common/rpc/stream.ts'
import { sentenceOf } from '../lib/errors.ts'
import { m } from '../paraglide/messages.js'

/** What the engine wants to know before it goes on. */
export type Question = Extract<AddServerOutput, { type: 'host-key' | 'ask-secret' | 'ask' | 'other-cluster' }>
export type HostKeyQuestion = Extract<Question, { type: 'host-key' }>
export type SecretQuestion = Extract<Question, { type: 'ask-secret' }>
export type JoinQuestion = Extract<Question, { type: 'other-cluster' }>
export type AnswersQuestion = Extract<Question, { type: 'ask' }>

/** The steps in their order. */
export const STEPS: readonly AddServerStep[] = ['connect', 'login', 'docker', 'network', 'node']

/** Adding a server, or connecting to it again: steps that pass, questions that are answered, an end. Answers go through and are not kept. */
export class ServerConversation {
  phase = $state<'idle' | 'running' | 'failed' | 'done' | 'joined'>('idle')
  /** How far it came; undefined before the first step. */
  step = $state<AddServerStep>()
  /** What the engine said at each step. */
  messages = $state.raw<Partial<Record<AddServerStep, string>>>({})
  question = $state.raw<Question>()
  failure = $state.raw<{ why: Explanation; field?: keyof AddServerRequest }>()
  /** The node, once it is done. */
  name = $state('')
  #channel: Channel<AddServerInput, AddServerOutput> | undefined

  /** Begins; `request` is sent first where there is one. What went before is over. */
  start(channel: Channel<AddServerInput, AddServerOutput>, request?: AddServerRequest): void {
    this.cancel()
    this.#channel = channel
    this.phase = 'running'
    void this.#read(channel)
    if (request !== undefined) this.#send({ type: 'begin', request })
  }

  trust(yes: boolean): void {
    this.#answer({ type: 'trust', yes })
  }

  secret(value: string | undefined, remember: boolean): void {
    this.#answer({ type: 'secret', value, remember })
  }

  answers(answers: string[]): void {
    this.#answer({ type: 'answers', answers })
  }

  /** Joins the cluster that the server belongs to; undefined leaves it alone. */
  join(recoveryKey: string | undefined): void {
    this.#answer({ type: 'join', recoveryKey })
  }

  /** Hangs up and forgets it all. */
  cancel(): void {
    const channel = this.#channel
    this.#channel = undefined
    channel?.close()
    this.phase = 'idle'
    this.step = undefined
    this.messages = {}
    this.question = undefined
    this.failure = undefined
    this.name = ''
  }

  #answer(input: AddServerInput): void {
    if (this.question === undefined) return
    this.question = undefined
    this.#send(input)
  }

  #send(input: AddServerInput): void {
    const channel = this.#channel
    channel?.send(input).catch((error: unknown) => {
      if (channel === this.#channel) this.#fail({ reason: 'lost', message: sentenceOf(error) })
    })
  }

  async #read(channel: Channel<AddServerInput, AddServerOutput>): Promise<void> {
    try {
      for await (const output of channel) {
        if (channel !== this.#channel) return
        this.#take(output)
      }
      if (channel === this.#channel) this.#fail({ reason: 'lost', message: m.server_cut() })
    } catch (error) {
      if (channel === this.#channel) this.#fail({ reason: 'lost', message: sentenceOf(error) })
    }
  }

  #take(output: AddServerOutput): void {
    switch (output.type) {
      case 'step':
        this.step = output.step
        this.messages = { ...this.messages, [output.step]: output.message }
        break
      case 'host-key': case 'ask-secret': case 'ask': case 'other-cluster':
        this.question = output
        break
      case 'done':
        this.name = output.name
        this.#end('done')
        break
      case 'joined':
        this.name = output.driver
        this.#end('joined')
        break
      case 'failed':
        this.#fail(output.why, output.field)
    }
  }

  #fail(why: Explanation, field?: keyof AddServerRequest): void {
    this.failure = field === undefined ? { why } : { why, field }
    this.#end('failed')
  }

  #end(phase: 'done' | 'failed' | 'joined'): void {
    this.question = undefined
    this.phase = phase
    const channel = this.#channel
    this.#channel = undefined
    channel?.close()
  }
}
