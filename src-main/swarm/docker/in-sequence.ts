import { isOutOfSequence } from './status-error.ts'

/**
 * Does `attempt`, which reads an object and writes it over the version that it read, anew for as long as somebody else wrote in between, up to so many times. Rejects
 * with what else it fails with, in the end with Docker's "update out of sequence".
 */
export async function inSequence<T>(most: number, attempt: (first: boolean) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(tries === 1)
    } catch (error) {
      if (tries >= most || !isOutOfSequence(error)) throw error
    }
  }
}
