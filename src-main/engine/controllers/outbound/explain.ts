import { messageOf } from '../../../common/errors.ts'

/** Why something could not be delivered. `reason`: one word, for conditions. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  readonly reason: string
  /** Trying the same again cannot help. */
  readonly permanent: boolean
  /** The other side wants to be left alone for so long. */
  readonly retryAfterMs: number | undefined

  constructor(reason: string, message: string, options: { permanent?: boolean; retryAfterMs?: number | undefined } = {}) {
    super(message)
    this.reason = reason
    this.permanent = options.permanent ?? false
    this.retryAfterMs = options.retryAfterMs
  }
}

const BY_CODE: Readonly<Record<string, (where: string) => [reason: string, message: string]>> = {
  ECONNREFUSED: (where) => ['Unreachable', `nothing listens at ${where}: is it running, and is the port right?`],
  ENOTFOUND: (where) => ['Unreachable', `there is no machine of the name in ${where}: check the name`],
  EAI_AGAIN: (where) => ['Unreachable', `the name in ${where} could not be looked up: is this machine on the network?`],
  EHOSTUNREACH: (where) => ['Unreachable', `there is no way to ${where} from here`],
  ENETUNREACH: (where) => ['Unreachable', `there is no way to ${where} from here`],
  ETIMEDOUT: (where) => ['TimedOut', `${where} did not answer in time`],
  ECONNRESET: (where) => ['Unreachable', `${where} ended the connection`],
  EPIPE: (where) => ['Unreachable', `${where} ended the connection`],
  CERT_HAS_EXPIRED: (where) => ['WrongCertificate', `the certificate of ${where} is out of date`],
  DEPTH_ZERO_SELF_SIGNED_CERT: (where) => ['WrongCertificate', `the certificate of ${where} is signed by itself: name the Secret that holds it as caSecret`],
  SELF_SIGNED_CERT_IN_CHAIN: (where) => ['WrongCertificate', `the certificate of ${where} is of an authority that is not known here: name the Secret that holds the authority's certificate as caSecret`],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: (where) => ['WrongCertificate', `the certificate of ${where} is of an authority that is not known here: name the Secret that holds the authority's certificate as caSecret`],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: (where) => ['WrongCertificate', `the certificate of ${where} is of an authority that is not known here: name the Secret that holds the authority's certificate as caSecret`],
  ERR_TLS_CERT_ALTNAME_INVALID: (where) => ['WrongCertificate', `the certificate of ${where} is for another name`],
  EPROTO: (where) => ['WrongCertificate', `${where} does not speak TLS: should it be without?`],
}

/** What went wrong on the way to `where`, in words for people. */
export function explainConnection(error: unknown, where: string): DeliveryError {
  if (error instanceof DeliveryError) return error
  // Several addresses were tried: the first failure stands for all.
  const first = error instanceof AggregateError ? error.errors[0] as unknown : error
  const { code = '' } = first as { code?: string }
  const known = BY_CODE[code] ?? (code.startsWith('ERR_SSL') ? BY_CODE['EPROTO'] : undefined)
  const [reason, message] = known?.(where) ?? ['Unreachable', `${where}: ${messageOf(first)}`]
  return new DeliveryError(reason, message)
}
