import { dockerMessage, dockerStatus } from '../../../hosts/docker-error.ts'
import { GoneError } from '../container-runtime.ts'

/** Docker's answer as the runtime's error: 404 is GoneError, others an Error with Docker's sentence; what is no answer stays as it is. */
export function translated(error: unknown): Error {
  const status = dockerStatus(error)
  if (status === undefined) return error instanceof Error ? error : new Error(String(error))
  return status === 404 ? new GoneError(dockerMessage(error), { cause: error }) : new Error(dockerMessage(error), { cause: error })
}

/** Runs a Docker call; its failures come out `translated`. */
export async function docking<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw translated(error)
  }
}
