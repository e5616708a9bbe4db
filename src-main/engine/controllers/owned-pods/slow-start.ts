/** Calls at a time at most: their synchronous parts together must not hold up the event loop. */
const WIDEST = 32

/**
 * Runs `action` `count` times in batches of 1, 2, 4, ... 32; stops after a batch in which one failed, so that a pod that can never be made
 * costs one failed call and not a hundred. Resolves with the successes and the first error. (Upstream's slowStartBatch.)
 */
export async function slowStart(count: number, action: () => Promise<unknown>): Promise<{ succeeded: number; error: unknown }> {
  let succeeded = 0
  for (let batch = 1; succeeded < count; batch = Math.min(batch * 2, WIDEST)) {
    const results = await Promise.allSettled(Array.from({ length: Math.min(batch, count - succeeded) }, action))
    succeeded += results.filter((r) => r.status === 'fulfilled').length
    const failed = results.find((r) => r.status === 'rejected')
    if (failed !== undefined) return { succeeded, error: failed.reason }
  }
  return { succeeded, error: undefined }
}
