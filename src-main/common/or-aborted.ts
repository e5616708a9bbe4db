/** What the promise comes to, or a rejection with the signal's reason when that comes first: what hangs is waited for no longer than that. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Nobody hears of its failure once the signal came first.
  promise.catch(() => undefined)
  signal.throwIfAborted()
  let abort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', abort = () => reject(signal.reason as Error), { once: true }))
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort)
  }
}
