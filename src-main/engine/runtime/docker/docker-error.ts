import { GoneError } from '../container-runtime.ts'

/** Docker's own sentence from an error answer, without dockerode's wrapping. */
export function dockerMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { json } = error as { json?: { message?: string } }
  return json?.message ?? error.message.replace(/^\(HTTP code \d+\) [\w ]* - /, '').trim()
}

/** The HTTP status of Docker's answer; undefined for what is not an answer. */
export function dockerStatus(error: unknown): number | undefined {
  return error instanceof Error ? (error as { statusCode?: number }).statusCode : undefined
}

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
