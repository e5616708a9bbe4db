/**
 * Does the parts of one work at the same time; whatever fails first ends the others, and is thrown when all are over. What each waits for must end with the
 * signal that it is given.
 */
export async function together(signal: AbortSignal, begin: (either: AbortSignal) => readonly Promise<unknown>[]): Promise<void> {
  const over = new AbortController()
  const parts = begin(AbortSignal.any([signal, over.signal]))
  try {
    await Promise.all(parts)
  } catch (error) {
    over.abort(error)
    await Promise.allSettled(parts)
    throw error
  }
}
