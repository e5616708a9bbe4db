import { createHash } from 'node:crypto'
import { AwsClient } from 'aws4fetch'
import { sleep } from '../../../common/clock.ts'
import type { Clock } from '../../../common/clock.ts'
import { badRequest } from '../../../common/errors.ts'
import type { S3Target } from '../../../common/kube/volume-copies.ts'
import { S3Refusal, s3Sentence, unreachable } from './s3-errors.ts'

/** Who asks. Never written anywhere but into a request's signature. */
export interface S3Login {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** What a request may carry. */
export interface S3Ask {
  query?: Readonly<Record<string, string>>
  body?: Uint8Array<ArrayBuffer>
  signal: AbortSignal
}

/** The network and a busy server are tried so often, with these pauses. */
const PAUSES_MS = [500, 2000]

/** One bucket of an S3-compatible service: signed requests (Signature Version 4, the body's hash in it), asked again where that can help. Addressed by path, which all services know. */
export class S3Bucket {
  readonly #target: S3Target
  readonly #base: string
  readonly #signer: AwsClient
  readonly #clock: Clock

  constructor(target: S3Target, login: S3Login, clock: Clock) {
    if (!/^https?:\/\/[^/]+\/?$/.test(target.endpoint)) throw badRequest(`"${target.endpoint}" is not an S3 endpoint: it is like https://s3.example.com.`)
    this.#target = target
    this.#base = `${target.endpoint.replace(/\/$/, '')}/${encodeURIComponent(target.bucket)}`
    this.#signer = new AwsClient({ ...login, service: 's3', region: target.region ?? 'us-east-1', retries: 0 })
    this.#clock = clock
  }

  /** Answers with a response that is well; throws an S3Refusal or why the service is not reached, with a sentence. */
  async ask(method: 'GET' | 'PUT' | 'POST' | 'DELETE', key: string, { query = {}, body, signal }: S3Ask): Promise<Response> {
    const url = new URL(`${this.#base}/${key.split('/').map(encodeURIComponent).join('/')}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const headers = { 'x-amz-content-sha256': createHash('sha256').update(body ?? '').digest('hex') }
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(await this.#signer.sign(url, { method, headers, ...(body === undefined ? {} : { body }) }), signal)
      } catch (error) {
        signal.throwIfAborted()
        const pause = PAUSES_MS[attempt]
        if (pause === undefined || (error instanceof S3Refusal && !error.passes)) throw error
        await sleep(this.#clock, pause, signal)
      }
    }
  }

  async #once(request: Request, signal: AbortSignal): Promise<Response> {
    let response: Response
    try {
      response = await fetch(request, { signal })
    } catch (error) {
      throw unreachable(this.#target, error)
    }
    if (response.ok) return response
    const text = await response.text().catch(() => '')
    throw this.refusal(response.status, text)
  }

  /** The sentence for a refusal, by its status and XML. */
  refusal(status: number, xml: string): S3Refusal {
    const code = textOf(xml, 'Code') ?? ''
    return new S3Refusal(status, code, s3Sentence(this.#target, status, code, textOf(xml, 'Message') ?? ''))
  }
}

/** The text of the first element of a name in an answer. */
export function textOf(xml: string, element: string): string | undefined {
  const found = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]
  return found?.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
