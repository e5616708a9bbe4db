import type Docker from 'dockerode'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import { PullError } from '../container-runtime.ts'
import type { RegistryAuth, TransferProgress } from '../container-runtime.ts'
import { dockerMessage } from '../../../hosts/docker-error.ts'
import { progressLines } from './progress-lines.ts'
import type { ProgressLine } from './progress-lines.ts'

/** Pulls an image to its end. Fails with PullError, or with the signal's reason. */
export async function followPull(docker: Docker, reference: string, auth: RegistryAuth | undefined, tell: (progress: TransferProgress) => void, signal: AbortSignal): Promise<void> {
  try {
    const name = /(:[^/]+|@sha256:.*)$/.test(reference) ? reference : `${reference}:latest`
    const sum = new PullSum()
    // Docker gives a pull up when whoever asked for it hangs up.
    const stream = await docker.createImage(auth ?? {}, { fromImage: name, abortSignal: signal })
    for await (const line of progressLines(stream as AsyncIterable<Buffer>)) if (sum.take(line)) tell(sum.progress)
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof DockerUnreachableError ? error : explainPull(reference, dockerMessage(error))
  }
}

/** What a pull's lines say of its layers, summed up. */
export class PullSum {
  readonly #layers = new Map<string, TransferProgress>()

  /** Takes one line in; true when the sum has changed. */
  take({ id, status, progressDetail }: ProgressLine): boolean {
    if (id === undefined) return false
    const { current = 0, total } = progressDetail ?? {}
    if (status === 'Downloading' && total !== undefined) {
      this.#layers.set(id, { doneBytes: current, totalBytes: total })
      return true
    }
    const known = this.#layers.get(id)
    if (known === undefined || status !== 'Download complete') return false
    known.doneBytes = known.totalBytes
    return true
  }

  get progress(): TransferProgress {
    const sum = { doneBytes: 0, totalBytes: 0 }
    for (const { doneBytes, totalBytes } of this.#layers.values()) {
      sum.doneBytes += doneBytes
      sum.totalBytes += totalBytes
    }
    return sum
  }
}

const CAUSES: [RegExp, PullError['kind'], (reference: string) => string][] = [
  [/no space left on device/i, 'diskFull', (r) => `The node's disk is full: there is no room for image "${r}". Free space on the node (docker system df shows what takes it).`],
  [/invalid reference format|invalid tag/i, 'invalidName', (r) => `"${r}" is not a valid image name.`],
  [/pull access denied|requested access to the resource is denied/i, 'unauthorized', (r) => `There is no image "${r}", or it is private: check the name, or give the pod an image pull secret.`],
  [/unauthorized|authentication required|no basic auth|denied/i, 'unauthorized', (r) => `The registry refuses to hand out "${r}" without valid credentials: check the pod's image pull secret.`],
  [/toomanyrequests|rate limit/i, 'unreachable', (r) => `The registry of "${r}" hands out nothing more to this address for a while (its rate limit): wait, or give the pod an image pull secret of an account.`],
  [/manifest unknown|not found|manifest for .* not/i, 'notFound', (r) => `There is no image "${r}" in its registry: check the name and the tag.`],
  [/no such host|server misbehaving|connection refused|i\/o timeout|network is unreachable|TLS handshake|Client\.Timeout|EOF|no route to host|connection reset|request canceled|lookup |unexpected HTTP status: 5/i,
    'unreachable', (r) => `The registry of "${r}" cannot be reached from the node: check its network and DNS.`],
  [/no matching manifest/i, 'notFound', (r) => `Image "${r}" has no variant for this node's processor.`],
]

/** Docker's sentence about a failed pull as one that says what to do, with Docker's own at its end. Pure. */
export function explainPull(reference: string, message: string): PullError {
  for (const [pattern, cause, sentence] of CAUSES) {
    if (pattern.test(message)) return new PullError(cause, `${sentence(reference)} (Docker: ${message})`)
  }
  return new PullError('other', `Image "${reference}" could not be pulled: ${message}`)
}
