/** Which container of which pod. `container` '' means the pod's first (or its `kubectl.kubernetes.io/default-container`). */
export interface ContainerTarget {
  namespace: string
  pod: string
  container: string
}

/** As in the query of `pods/log`. */
export interface PodLogOptions {
  follow?: boolean
  previous?: boolean
  timestamps?: boolean
  tailLines?: number
  sinceSeconds?: number
  /** RFC 3339. */
  sinceTime?: string
  limitBytes?: number
  /** The engine's own: what the container's earlier runs wrote, too, as far as the node still has it. */
  allRuns?: boolean
}

/** A byte stream in both directions. Closing one direction leaves the other open. */
export interface ByteStream {
  readonly readable: AsyncIterable<Uint8Array>
  /** Resolves when there is room for more. */
  write(chunk: Uint8Array): Promise<void>
  /** No more writes follow. */
  end(): void
  destroy(): void
}

/** A program in a container: by exec (a new one) or attach (the container's own). */
export interface ContainerSession {
  readonly stdout: AsyncIterable<Uint8Array>
  /** Empty with a terminal: it has one output. */
  readonly stderr: AsyncIterable<Uint8Array>
  writeStdin(chunk: Uint8Array): Promise<void>
  endStdin(): void
  resize(columns: number, rows: number): Promise<void>
  /** The exit code, once both outputs have ended. */
  readonly exit: Promise<number>
  destroy(): void
}

export interface ExecOptions {
  command: string[]
  stdin: boolean
  tty: boolean
}

/**
 * What the API needs of the node that runs a pod (upstream: the kubelet's own server). The runtime implements it, the API server calls it.
 * Failures are StatusErrors: NotFound, BadRequest (container not started yet: says why), ServiceUnavailable (the node cannot be reached).
 */
export interface NodeAccess {
  /** Raw log bytes, lines as the container wrote them (with a timestamp before each where asked). */
  logs(target: ContainerTarget, options: PodLogOptions, signal: AbortSignal): AsyncIterable<Uint8Array>
  exec(target: ContainerTarget, options: ExecOptions): Promise<ContainerSession>
  attach(target: ContainerTarget, options: Omit<ExecOptions, 'command'>): Promise<ContainerSession>
  /** A connection to a port inside the pod's network namespace; reaches what listens on 127.0.0.1 there only where Docker allows it. */
  portForward(namespace: string, pod: string, port: number): Promise<ByteStream>
}
