import type { S3Target } from '../../../common/kube/volume-copies.ts'

/** The service answered, and said no. */
export class S3Refusal extends Error {
  override readonly name = 'S3Refusal'
  readonly status: number
  /** `NoSuchBucket`; '' where it gave none. */
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }

  /** May another try help? */
  get passes(): boolean {
    return (this.status >= 500 && this.status !== 501 && this.status !== 507) || this.status === 429 || this.code === 'RequestTimeout'
  }
}

const WRONG_LOGIN = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken', 'TokenRefreshRequired', 'AuthorizationHeaderMalformed'])
const FULL = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage', 'StorageFull', 'EntityTooLarge'])

/** What a refusal means and what to do, as a sentence. Pure. */
export function s3Sentence({ endpoint, bucket, secretName }: S3Target, status: number, code: string, message: string): string {
  const said = [code, message].filter((word) => word !== '').join(': ') || `HTTP ${String(status)}`
  if (WRONG_LOGIN.has(code)) return `${endpoint} does not accept the keys in the Secret "${secretName}" (${said}): correct accessKeyId and secretAccessKey there.`
  if (code === 'NoSuchBucket') return `${endpoint} has no bucket "${bucket}": make it, or correct the name.`
  if (FULL.has(code) || status === 507) return `The bucket "${bucket}" at ${endpoint} has no room (${said}): make room, or keep fewer copies.`
  if (code === 'RequestTimeTooSkewed') return `${endpoint} says that this machine's clock is wrong (${said}): set it right.`
  if (code === 'AccessDenied' || status === 403 || status === 401) return `${endpoint} does not let the keys of the Secret "${secretName}" do that in the bucket "${bucket}" (${said}): give them the right to list, read, write and delete there.`
  return `${endpoint} refused: ${said}.`
}

/** It was not reached, or broke off. */
export function unreachable({ endpoint }: S3Target, error: unknown): Error {
  const cause = error instanceof Error ? (error.cause as { code?: string; message?: string } | undefined) : undefined
  const why = cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error))
  const text: Record<string, string> = {
    ECONNREFUSED: 'nobody answers there', ENOTFOUND: 'there is no such name', ECONNRESET: 'the connection was cut', EPIPE: 'the connection was cut', UND_ERR_SOCKET: 'the connection was cut',
    UND_ERR_CONNECT_TIMEOUT: 'it does not answer', UND_ERR_HEADERS_TIMEOUT: 'it does not answer', UND_ERR_BODY_TIMEOUT: 'it does not answer',
  }
  return new Error(`${endpoint} is not reached: ${text[why] ?? why}. Check the address and the network.`, { cause: error })
}
