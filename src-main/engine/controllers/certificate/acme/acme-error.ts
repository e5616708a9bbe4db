/** What a CA said no with: a problem document of RFC 8555, or an answer that is none. */
export class AcmeError extends Error {
  override readonly name = 'AcmeError'
  /** The error's type without `urn:ietf:params:acme:error:` (`rateLimited`, `dns`); '' where the CA gave none. */
  readonly type: string
  /** The name that it is about, if it is about one. */
  readonly host: string | undefined
  /** The CA asks to be left alone for so long. */
  readonly retryAfterMs: number | undefined

  constructor(type: string, detail: string, more: { host?: string | undefined; retryAfterMs?: number | undefined } = {}) {
    super(detail)
    this.type = type
    this.host = more.host
    this.retryAfterMs = more.retryAfterMs
  }

  /** Reads a problem document; of several names in it, the first is told. */
  static of(problem: AcmeProblem, more: { host?: string | undefined; retryAfterMs?: number | undefined } = {}): AcmeError {
    const [sub] = problem.subproblems ?? []
    const found = sub ?? problem
    const type = (found.type ?? problem.type ?? '').replace(/^urn:ietf:params:acme:error:/, '')
    return new AcmeError(type, found.detail ?? problem.detail ?? 'it gave no reason', { ...more, host: more.host ?? sub?.identifier?.value })
  }
}

/** As RFC 8555, section 6.7, sends it. */
export interface AcmeProblem {
  type?: string
  detail?: string
  subproblems?: (AcmeProblem & { identifier?: { value?: string } })[]
}
