import type { TransferProgress } from '../../src-main/common/contract/index.ts'
import { StreamRun } from './stream-run.svelte.ts'

/** One move or restore of a volume. Leaving it gives up what has not switched yet. */
export class TransferRun extends StreamRun<TransferProgress> {
  constructor() {
    super(({ phase }) => phase === 'done')
  }
}
