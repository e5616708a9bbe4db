import type { AnyAuthMethod, Prompt } from 'ssh2'
import type { Credentials } from './credentials.ts'
import type { Deadline } from './deadline.ts'
import { SshError } from './ssh-error.ts'
import { describeTarget } from './target.ts'
import type { SshAuth, SshPrompts, SshTarget } from './target.ts'

const PASSWORDS = 3

/** One login: which way to try next, and what became of those before. */
export class Login {
  /** For messages: `key /home/me/.ssh/id_ed25519`. */
  readonly tried: string[] = []
  /** Ways that could not even be tried. */
  readonly problems: SshError[] = []
  readonly #target: SshTarget
  readonly #prompts: SshPrompts
  readonly #credentials: Credentials
  readonly #deadline: Deadline
  readonly #left: SshAuth[]
  #asked = false
  #passwords = 0

  constructor(target: SshTarget, prompts: SshPrompts, credentials: Credentials, deadline: Deadline) {
    this.#target = target
    this.#prompts = prompts
    this.#credentials = credentials
    this.#deadline = deadline
    this.#left = [...target.auth]
  }

  /** What to try next, given what the server still takes (ssh2's names; undefined: unknown); false when nothing is left. */
  async next(methods: readonly string[] | undefined, partial: boolean): Promise<AnyAuthMethod | false> {
    // The first answer tells what the server takes at all, so that nobody is asked for a password in vain.
    if (!this.#asked) {
      this.#asked = true
      return { type: 'none', username: this.#target.user }
    }
    if (this.#passwords > 0 && !partial && this.#passwords < PASSWORDS) this.#left.unshift({ type: 'password' })
    else this.#passwords = 0
    for (;;) {
      const index = this.#left.findIndex((auth) => takes(auth, methods))
      const [auth] = index < 0 ? [] : this.#left.splice(index, 1)
      if (auth === undefined) return false
      const method = await this.#deadline.outside(() => this.#method(auth, methods)).catch((error: unknown) => {
        if (!(error instanceof SshError)) throw error
        if (!(auth.type === 'key' && auth.quiet === true && error.code === 'key-unreadable')) this.problems.push(error)
        return undefined
      })
      if (method !== undefined) return method
    }
  }

  /** Why nobody was let in. */
  explain(failed: SshError): SshError {
    const [problem] = this.problems
    if (problem === undefined) return failed
    if (this.tried.length === 0) return problem
    return new SshError('auth-failed', `${failed.message} ${this.problems.map((p) => p.message).join(' ')}`, { cause: failed })
  }

  async #method(auth: SshAuth, methods: readonly string[] | undefined): Promise<AnyAuthMethod | undefined> {
    const username = this.#target.user
    switch (auth.type) {
      case 'key': {
        const key = await this.#credentials.key(auth.file, (file, wrong) => this.#prompts.passphrase(file, wrong))
        this.tried.push(`key ${auth.file}`)
        return { type: 'publickey', username, key }
      }
      case 'agent':
        this.tried.push('the keys of the ssh-agent')
        return { type: 'agent', username, agent: auth.socket }
      case 'password': {
        const password = await this.#credentials.password(this.#passwords > 0, (wrong) => this.#prompts.password(describeTarget(this.#target), username, wrong))
        if (password === undefined) {
          this.#passwords = PASSWORDS
          return undefined
        }
        if (this.#passwords++ === 0) this.tried.push('password')
        if (methods === undefined || methods.includes('password')) return { type: 'password', username, password }
        return this.#interactive(password)
      }
      case 'keyboard-interactive':
        this.tried.push('the server\'s questions')
        return this.#interactive(undefined)
    }
  }

  /** Answers the server's questions: the first secret one with the password, if there is one, all others by asking. */
  #interactive(password: string | undefined): AnyAuthMethod {
    let unused = password
    const answer = async (instructions: string, prompts: Prompt[]): Promise<readonly string[]> => {
      const questions = prompts.map(({ prompt, echo }) => ({ prompt, echo: echo ?? false }))
      if (unused !== undefined && questions.length === 1 && questions[0]?.echo === false) {
        const answers = [unused]
        unused = undefined
        return answers
      }
      const asked = await this.#deadline.outside(() => this.#prompts.answers(describeTarget(this.#target), instructions, questions))
      return asked ?? questions.map(() => '')
    }
    return {
      type: 'keyboard-interactive', username: this.#target.user,
      prompt: (name, instructions, _language, prompts, finish) => {
        answer([name, instructions].filter(Boolean).join('\n'), prompts).then((answers) => finish([...answers]), () => finish([]))
      },
    }
  }
}

function takes(auth: SshAuth, methods: readonly string[] | undefined): boolean {
  if (methods === undefined) return true
  if (auth.type === 'key' || auth.type === 'agent') return methods.includes('publickey')
  return methods.includes('keyboard-interactive') || (auth.type === 'password' && methods.includes('password'))
}
