import type { AccountKey } from './account-key.ts'
import { AcmeError } from './acme-error.ts'
import type { AcmeProblem } from './acme-error.ts'
import { askHttps } from './https.ts'
import type { HttpsAnswer } from './https.ts'

/** An order, as the CA describes it. */
export interface AcmeOrder {
  status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'
  authorizations: string[]
  finalize: string
  certificate?: string
  error?: AcmeProblem
}

/** Whether a name is shown to be ours, and how it can be. */
export interface AcmeAuthorization {
  identifier: { value: string }
  status: string
  challenges: { type: string; url: string; token: string; status: string; error?: AcmeProblem }[]
}

export interface AcmeClientOptions {
  /** The CA's directory. */
  server: string
  key: AccountKey
  /** PEM, trusted besides the authorities that everybody trusts. */
  ca?: string | undefined
  /** The account's URL, once there is one. */
  account?: string | undefined
  signal: AbortSignal
}

type Directory = Record<'newNonce' | 'newAccount' | 'newOrder', string>

/** Nonces grow old between two requests; pebble refuses some on purpose. */
const NONCE_TRIES = 5

/**
 * RFC 8555 as far as HTTP-01 needs it. Every refusal is an AcmeError with the CA's own type; it never waits and never tries again by itself, because when to do
 * so is for the caller's clock.
 */
export class AcmeClient {
  readonly #o: AcmeClientOptions
  #directory: Promise<Directory> | undefined
  #nonce: string | undefined

  constructor(options: AcmeClientOptions) {
    this.#o = options
  }

  /** Makes the account, or finds the one of the key and tells it the address. Resolves with its URL. */
  async account(email: string | undefined): Promise<string> {
    const contact = email === undefined ? [] : [`mailto:${email}`]
    const { status, headers } = await this.#post((await this.#urls()).newAccount, { termsOfServiceAgreed: true, contact }, true)
    const url = headers.location
    if (url === undefined) throw new AcmeError('', 'it gave the account no URL')
    this.#o.account = url
    if (status === 200) await this.#post(url, { contact })
    return url
  }

  /** Asks for a certificate for these names. Resolves with the order's URL. */
  async newOrder(names: readonly string[]): Promise<string> {
    const { headers } = await this.#post((await this.#urls()).newOrder, { identifiers: names.map((value) => ({ type: 'dns', value })) })
    if (headers.location === undefined) throw new AcmeError('', 'it gave the order no URL')
    return headers.location
  }

  async order(url: string): Promise<AcmeOrder> {
    return read<AcmeOrder>(await this.#post(url, ''))
  }

  async authorization(url: string): Promise<AcmeAuthorization> {
    return read<AcmeAuthorization>(await this.#post(url, ''))
  }

  /** Says that a challenge's answer is there. */
  async accept(url: string): Promise<void> {
    await this.#post(url, {})
  }

  /** `csr`: DER. */
  async finalize(url: string, csr: Buffer): Promise<void> {
    await this.#post(url, { csr: csr.toString('base64url') })
  }

  /** The chain, PEM, the certificate itself first. */
  async certificate(url: string): Promise<string> {
    return (await this.#post(url, '')).text
  }

  #urls(): Promise<Directory> {
    return (this.#directory ??= this.#ask(this.#o.server, 'GET').then((answer) => {
      const directory = answer.status === 200 ? read<Partial<Directory>>(answer) : {}
      const { newNonce, newAccount, newOrder } = directory
      if (newNonce === undefined || newAccount === undefined || newOrder === undefined) throw new AcmeError('', `${this.#o.server} is no ACME directory (HTTP ${String(answer.status)}): the address of one is needed, such as https://acme-v02.api.letsencrypt.org/directory`)
      return { newNonce, newAccount, newOrder }
    }))
  }

  async #post(url: string, payload: object | '', withKey = false): Promise<HttpsAnswer> {
    const { key, account } = this.#o
    for (let attempt = 1; ; attempt++) {
      const nonce = this.#nonce ?? (await this.#ask((await this.#urls()).newNonce, 'HEAD')).headers['replay-nonce']
      this.#nonce = undefined
      const answer = await this.#ask(url, 'POST', key.sign({ url, nonce, ...(withKey || account === undefined ? { jwk: key.jwk } : { kid: account }) }, payload))
      const next = answer.headers['replay-nonce']
      this.#nonce = typeof next === 'string' ? next : undefined
      if (answer.status < 400) return answer
      const error = AcmeError.of(problemIn(answer), { retryAfterMs: retryAfter(answer) })
      if (error.type !== 'badNonce' || attempt >= NONCE_TRIES) throw error
    }
  }

  #ask(url: string, method: 'GET' | 'HEAD' | 'POST', body?: string): Promise<HttpsAnswer> {
    return askHttps(url, { method, body, ca: this.#o.ca, signal: this.#o.signal })
  }
}

function read<T>({ text }: HttpsAnswer): T {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new AcmeError('', 'its answer is no JSON')
  }
}

function problemIn({ status, text }: HttpsAnswer): AcmeProblem {
  try {
    return JSON.parse(text) as AcmeProblem
  } catch {
    return { detail: `it answered HTTP ${String(status)}` }
  }
}

/** Seconds, or a date. */
function retryAfter({ headers }: HttpsAnswer): number | undefined {
  const text = headers['retry-after']
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}
