/** An image on the node. */
export interface NodeImage {
  id: string
  /** `name@sha256:...` where it came from a registry. */
  digests: string[]
  tags: string[]
  /** The user it runs as; '' is root. */
  user: string
  sizeBytes: number
}

/** Credentials for a registry. */
export interface RegistryAuth {
  username: string
  password: string
  serveraddress: string
}

/** Why a pull failed, in Kubernetes' words plus a sentence for people. */
export class PullError extends Error {
  override readonly name = 'PullError'
  readonly kind: 'notFound' | 'unauthorized' | 'unreachable' | 'diskFull' | 'invalidName' | 'other'
  constructor(cause: PullError['kind'], message: string) {
    super(message)
    this.kind = cause
  }
}

/** How far something that moves bytes has come. */
export interface TransferProgress {
  doneBytes: number
  /** As far as it is known yet. */
  totalBytes: number
}

export interface PullOptions {
  auth?: RegistryAuth
  onProgress?(progress: TransferProgress): void
  /** Gives it up. One pull that several ask for at the same time ends when all of them have. */
  signal?: AbortSignal
}

/** Images on a node. */
export interface ImageStore {
  /** Undefined when the node does not have it. */
  inspect(reference: string): Promise<NodeImage | undefined>
  /** Pulls; resolves with the image. Fails with PullError. */
  pull(reference: string, options?: PullOptions): Promise<NodeImage>
  list(): Promise<NodeImage[]>
  /** Calls `changed` once it listens, and whenever images come, go or change their names, until the signal is aborted. */
  follow(changed: () => void, signal: AbortSignal): Promise<void>
  /** Loads the sandbox image when it is missing; resolves with its reference. */
  ensureSandbox(): Promise<string>
  remove(id: string): Promise<void>
}
