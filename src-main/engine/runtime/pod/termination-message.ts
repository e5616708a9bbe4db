import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { NodeRuntime, ObservedContainer } from '../container-runtime.ts'
import { TERMINATION_DIR } from '../sandbox-image/sandbox-image.ts'
import { messageFile } from './volume-mounts.ts'

const LIMIT = 4096
const LOG_LINES = 80
const LOG_LIMIT = 2048
/** How much later than a program's begin its start may be told. */
const START_LAG_MS = 10_000

/**
 * What a container left as its last words: its message file, or where it wants so, the end of its log after a failure. Never fails: '' then.
 * `previousDeath`: when the run before ended, milliseconds since the epoch; undefined: this was the first. `previousWords`: what that run left. `until`: when this run ended, where another
 * may have begun since.
 */
export async function readTerminationMessage(
  runtime: NodeRuntime, pod: Frozen<Pod>, container: Container,
  end: { sandboxId: string | undefined; container: ObservedContainer; exitCode: number; previousDeath: number | undefined; previousWords: string | undefined; until?: number | undefined },
): Promise<string> {
  const index = messageFile(pod, container.name)
  try {
    if (index !== undefined && end.sandboxId !== undefined) {
      const { content, modifiedAt } = await runtime.streams.readFile(end.sandboxId, `${TERMINATION_DIR}/${String(index)}`, LIMIT)
      const words = Buffer.from(content).toString('utf8')
      if (words !== '' && isOfThisRun(words, modifiedAt, end) && modifiedAt <= (end.until ?? Infinity)) return words
    }
    if (container.terminationMessagePolicy !== 'FallbackToLogsOnError' || end.exitCode === 0) return ''
    const chunks: Uint8Array[] = []
    // One log holds all runs of a container; what lies before the death before is not its last words.
    const since = end.previousDeath === undefined ? {} : { since: new Date(end.previousDeath).toISOString() }
    const until = end.until === undefined ? {} : { until: new Date(end.until).toISOString() }
    const range = { follow: false, timestamps: false, tailLines: LOG_LINES, ...since, ...until }
    for await (const chunk of runtime.streams.logs(end.container.id, range, new AbortController().signal)) chunks.push(chunk)
    return Buffer.concat(chunks).subarray(-LOG_LIMIT).toString('utf8')
  } catch {
    // The container may be gone with its last words.
    return ''
  }
}

/**
 * Is the message in the file the run's, and not an earlier one's? The file's time has whole seconds, and a busy Docker tells a start later than the
 * program began, and may have written: so what an earlier run cannot have left counts, too.
 */
function isOfThisRun(words: string, modifiedAt: number, { container, previousDeath, previousWords }: { container: ObservedContainer; previousDeath: number | undefined; previousWords: string | undefined }): boolean {
  if (modifiedAt + 1000 > (container.startedAt ?? 0)) return true
  return previousDeath === undefined ? modifiedAt + START_LAG_MS > (container.startedAt ?? 0) : words !== previousWords
}
