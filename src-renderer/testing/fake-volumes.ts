import type { Batch, ClaimCopy, ClaimDetail, ClaimRef, ClaimSummary, ObjectRef, RestoreTarget, S3Keys, SavedVolume, TransferProgress, VolumePlan, Volumes } from '../../src-main/common/contract/index.ts'
import { badRequest, notFound } from '../../src-main/common/errors.ts'
import type { ServerLossPolicy } from '../../src-main/common/kube/claim-data.ts'
import { parseQuantity } from '../../src-main/common/kube/quantity.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { fakeClaims } from './fake-claims.ts'
import { batches, Signal, values } from './fake-streams.ts'

/** What is read of a VolumeBackup, a VolumeSnapshot or a BackupSchedule. */
interface AppliedSpec {
  claimName?: string
  target?: ClaimCopy['where']
  schedule?: string
  timeZone?: string
  claims?: { names?: string[] }
  keep?: object
  source?: { persistentVolumeClaimName?: string }
}

/** How the fake behaves. `stepMs`: so long each step of a copy takes. */
export interface FakeVolumesOptions {
  through?: <T>(open: () => Stream<T>) => Stream<T>
  filled?: boolean
  /** The server that has the orders does not answer. */
  lost?: boolean
  stepMs?: number
}

/** Volumes in memory: claims with copies, moves and restores that take their steps. */
export class FakeVolumes implements Volumes {
  claims: ClaimDetail[]
  secrets: string[] = []
  /** What was asked for, newest last. */
  readonly asked: string[] = []
  /** A sentence that the next move or restore fails with. */
  failure = ''
  readonly #signal = new Signal()
  readonly #through: <T>(open: () => Stream<T>) => Stream<T>
  readonly #stepMs: number

  constructor({ through = (open) => open(), filled = true, lost = false, stepMs = 500 }: FakeVolumesOptions = {}) {
    this.#through = through
    this.#stepMs = stepMs
    this.claims = filled ? fakeClaims(Date.now(), lost) : []
  }

  watchClaims(): Stream<Batch<ClaimSummary>> {
    return this.#through(() => batches(this.#signal, () => this.claims))
  }

  watchClaim(claim: ClaimRef): Stream<ClaimDetail> {
    return this.#through(() => values(this.#signal, () => this.#find(claim)))
  }

  measure(claim: ClaimRef): Promise<number | undefined> {
    return Promise.resolve(this.#find(claim).usedBytes)
  }

  async onServerLoss(claim: ClaimRef, policy: ServerLossPolicy | undefined): Promise<ServerLossPolicy | undefined> {
    await Promise.resolve()
    const { onServerLoss, onServerLossFrom } = this.#find(claim)
    this.#change(claim, { onServerLoss: policy ?? 'wait', onServerLossFrom: policy === undefined ? 'default' : 'claim' })
    return onServerLossFrom === 'claim' ? onServerLoss : undefined
  }

  async expand(claim: ClaimRef, size: string): Promise<void> {
    await Promise.resolve()
    this.#change(claim, { sizeBytes: parseQuantity(size) ?? 0 })
  }

  async restoreLost(claim: ClaimRef): Promise<void> {
    await Promise.resolve()
    this.asked.push(`restoreLost ${claim.name}`)
    this.#change(claim, { state: 'busy', health: 'progressing', onServerLoss: 'restore', why: { reason: 'VolumeBusy', message: 'It is being restored. Its pods start when that is over.' } })
  }

  keys(): Promise<string[]> {
    return Promise.resolve([...this.secrets])
  }

  async saveKeys({ name }: S3Keys): Promise<void> {
    await Promise.resolve()
    this.secrets = [...new Set([...this.secrets, name])].sort()
  }

  async plan(claim: ClaimRef): Promise<VolumePlan> {
    await new Promise((resolve) => setTimeout(resolve, 60))
    const { node, pods } = this.#find(claim)
    return { ...(node === undefined ? {} : { server: node }), pods: pods.map((p) => p.name), targets: ['kitchen-1', 'kitchen-2', 'pantry'].filter((n) => n !== node) }
  }

  backups(): Promise<SavedVolume[]> {
    return Promise.resolve([])
  }

  move(claim: ClaimRef, server: string): Stream<TransferProgress> {
    return this.#transfer(claim, ['stopping', 'copying', 'comparing'], () => this.#change(claim, { node: server }))
  }

  backUp(claim: ClaimRef): Stream<TransferProgress> {
    return this.#transfer(claim, ['holding', 'copying', 'comparing'], () => undefined)
  }

  restore(_from: unknown, { claim, replace, keepAs }: RestoreTarget): Stream<TransferProgress> {
    this.asked.push(`restore ${claim.name}${replace ? ' replace' : ''}${keepAs === undefined ? '' : ' keep'}`)
    return this.#transfer(claim, [...(keepAs === undefined ? [] : ['keeping' as const]), ...(replace ? ['stopping' as const] : []), 'copying', 'comparing'], () => {
      if (keepAs === undefined) return
      const { ref, node = '' } = this.#find(claim)
      this.#addCopy(claim, { id: keepAs, ref: { ...ref, apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', name: keepAs }, kind: 'snapshot', state: 'good', at: Date.now(), where: { server: { name: node } } })
    })
  }

  /** What an apply made of it: copies and schedules appear in their claim. */
  applied(object: Record<string, unknown>): void {
    const { apiVersion, kind, metadata, spec } = object as { apiVersion: string; kind: string; metadata: { name: string; namespace?: string }; spec: AppliedSpec }
    const ref: ObjectRef = { apiVersion, kind, namespace: metadata.namespace ?? 'default', name: metadata.name }
    const of = (name = ''): ClaimRef => ({ namespace: ref.namespace, name })
    const total = 3_400_000_000
    if (ref.kind === 'VolumeBackup') this.#addCopy(of(spec.claimName), { id: ref.name, ref, kind: 'backup', state: 'running', at: Date.now(), where: spec.target ?? {}, doneBytes: total * 0.37, totalBytes: total })
    if (ref.kind === 'VolumeSnapshot') this.#addCopy(of(spec.source?.persistentVolumeClaimName), { id: ref.name, ref, kind: 'snapshot', state: 'running', at: Date.now(), where: {} })
    if (ref.kind !== 'BackupSchedule') return
    const claim = of(spec.claims?.names?.[0])
    this.#change(claim, { schedules: [...this.#find(claim).schedules, { id: ref.name, ref, schedule: spec.schedule ?? '', timeZone: spec.timeZone ?? 'UTC', suspended: false, where: spec.target ?? {}, keep: spec.keep ?? {}, nextAt: Date.now() + 3_600_000 }] })
  }

  /** Takes a copy, a schedule or a claim away. False: it is none of these. */
  removed(ref: ObjectRef): boolean {
    const before = this.claims
    const other = (x: { ref: ObjectRef }): boolean => x.ref.kind !== ref.kind || x.ref.name !== ref.name || x.ref.namespace !== ref.namespace
    this.claims = before.filter(other).map((c) => ({ ...c, copies: c.copies.filter(other), schedules: c.schedules.filter(other) }))
    this.#signal.fire()
    return ['PersistentVolumeClaim', 'VolumeBackup', 'VolumeSnapshot', 'BackupSchedule'].includes(ref.kind)
  }

  async* #transfer(claim: ClaimRef, phases: TransferProgress['phase'][], done: () => void): AsyncGenerator<TransferProgress> {
    const totalBytes = 3_400_000_000
    for (const phase of phases) {
      const copies = phase === 'copying' || phase === 'comparing'
      for (const share of copies ? [0.15, 0.42, 0.81] : [0]) {
        yield { phase, doneBytes: totalBytes * share, ...(copies ? { totalBytes } : {}), ...(phase === 'stopping' ? { pods: this.#find(claim).pods.map((p) => p.name) } : {}) }
        await new Promise((resolve) => setTimeout(resolve, this.#stepMs))
      }
      if (this.failure !== '') throw badRequest(this.failure)
    }
    done()
    yield { phase: 'done', doneBytes: totalBytes, digest: 'sha256:9b2f1c7d04e5a8b36f1e2d3c4b5a69788776655443322110ffeeddccbbaa9988' }
  }

  #addCopy(claim: ClaimRef, copy: ClaimCopy): void {
    this.#change(claim, { copies: [copy, ...this.#find(claim).copies] })
  }

  #find({ namespace, name }: ClaimRef): ClaimDetail {
    const found = this.claims.find((c) => c.ref.name === name && c.ref.namespace === namespace)
    if (found === undefined) throw notFound('persistentvolumeclaims', name)
    return found
  }

  #change(claim: ClaimRef, part: Partial<ClaimDetail>): void {
    const found = this.#find(claim)
    this.claims = this.claims.map((c) => (c === found ? { ...c, ...part } : c))
    this.#signal.fire()
  }
}
