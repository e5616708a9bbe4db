import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'

/** A server that runs Docker: this machine, or one over SSH. Everything above reaches servers through this. */
export interface Host {
  /** For messages: `local`, `web-1 (10.0.0.5)`. */
  readonly description: string
  /** The Docker API, negotiated version. Calls fail with DockerUnreachableError when Docker cannot be reached. */
  readonly docker: Docker
  /**
   * A byte stream to an address that the server can reach (a pod's IP). Rejects with Node's code when it cannot be opened, and with
   * DockerUnreachableError when the server itself is out of reach.
   * On Linux a plain socket; over SSH direct-tcpip; in Docker Desktop's VM through the helper.
   */
  dial(address: string, port: number, signal?: AbortSignal): Promise<Duplex>
  /**
   * One more way to the same server, over a connection of its own, which the caller closes: for what moves much data, behind which the answers to
   * everything else would wait.
   */
  another(): Host
  close(): Promise<void>
}

/** The server or its Docker does not answer. The message says what to do. Over SSH: an SshError, which has a code, too. */
export class DockerUnreachableError extends Error {
  override readonly name: string = 'DockerUnreachableError'

  /** Nothing at all is heard of the server. False: something there answered, if only to say that Docker is not running. */
  get silent(): boolean {
    return false
  }
}
