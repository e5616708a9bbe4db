import type { SavedVolume, TransferProgress, VolumePlan, Volumes } from '../../src-main/common/contract/index.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'

/** Volumes whose work is done at once. */
export class FakeVolumes implements Volumes {
  plan(): Promise<VolumePlan> {
    return Promise.resolve({ pods: [], targets: [] })
  }

  backups(): Promise<SavedVolume[]> {
    return Promise.resolve([])
  }

  move(): Stream<TransferProgress> {
    return done()
  }

  backUp(): Stream<TransferProgress> {
    return done()
  }

  restore(): Stream<TransferProgress> {
    return done()
  }
}

async function* done(): AsyncGenerator<TransferProgress> {
  yield await Promise.resolve({ phase: 'done' as const, doneBytes: 0 })
}
