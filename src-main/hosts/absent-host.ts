import { dockerAt } from './docker-connection.ts'
import { DockerUnreachableError } from './host.ts'
import type { Host } from './host.ts'

/** Nothing is heard of it from here. */
class AbsentError extends DockerUnreachableError {
  override get silent(): boolean {
    return true
  }
}

/** A server to which there is no way from this desk; `why` is the sentence of every call's error. */
export function absentHost(description: string, why: string): Host {
  const docker = dockerAt({ socketPath: '/nonexistent/docker.sock' }, () => new AbsentError(why), () => Promise.reject(new AbsentError(why)))
  return { description, docker, dial: () => Promise.reject(new AbsentError(why)), another: () => absentHost(description, why), close: () => Promise.resolve() }
}
