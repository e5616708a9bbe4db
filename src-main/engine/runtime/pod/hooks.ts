import type { Container, LifecycleHandler } from '../../../common/kube/generated/core-v1.ts'
import { sleep } from '../../../common/clock.ts'
import type { Clock } from '../../../common/clock.ts'
import { checkExec, tellHttp } from '../probes/check.ts'
import type { CheckTools } from '../probes/check.ts'

/** Runs a lifecycle hook to its end or to the signal. Resolves with undefined, or with why it failed. */
export async function runHook(
  handler: LifecycleHandler, at: { container: Container; containerId: string; podIP: string }, tools: CheckTools, clock: Clock, signal: AbortSignal,
): Promise<string | undefined> {
  if (handler.sleep !== undefined) {
    await sleep(clock, handler.sleep.seconds * 1000, signal).catch(() => undefined)
    return undefined
  }
  const { result, message } = handler.exec !== undefined
    ? await checkExec(tools, at.containerId, handler.exec.command ?? [], signal)
    : handler.httpGet !== undefined ? await tellHttp(tools, at.container, at.podIP, handler.httpGet, signal) : { result: 'success', message: '' }
  return result === 'success' ? undefined : message
}
