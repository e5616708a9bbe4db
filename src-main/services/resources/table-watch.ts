import type { Clock } from '../../common/clock.ts'
import type { Batch, ResourceCell, ResourceRow } from '../../common/contract/index.ts'
import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Informer } from '../../engine/client/informer.ts'
import { refOf, time } from '../views/refs.ts'
import { statusOf } from '../views/status.ts'

/** So many rows at once: a big table comes in slices, and nothing else waits for it. */
const SLICE = 400
/** Changes are followed at once, then at most this often. */
const INTERVAL_MS = 100
/** Rows that show how long ago something was are printed anew this often, while somebody looks. An object's age is not among them: the screen knows it. */
const REPRINT_MS = 10_000
const A_YEAR = 365 * 86_400_000

/** How rows are made. */
export interface TablePrinter {
  cells(object: Readonly<KubeObject>, now: number): ResourceCell[]
  /** Which columns hold the object's age. */
  readonly ages: ReadonlySet<number>
}

/** A kind's table, then its changes: only what changed is printed and sent. */
export function watchTable(informer: Informer<KubeObject>, printer: TablePrinter, namespace: string, clock: Clock): Stream<Batch<ResourceRow>> {
  return makeStream(async (push, signal) => {
    await informer.synced
    const changed = new Map<string, Frozen<KubeObject>>()
    const removed = new Set<string>()
    /** Rows whose text changes by time alone, as they were printed last. */
    const ticking = new Map<string, { object: Frozen<KubeObject>; text: string }>()
    let wake = (): void => undefined
    const put = (object: Frozen<KubeObject>): void => {
      if (namespace !== '' && object.metadata.namespace !== namespace) return
      changed.set(object.metadata.uid, object)
      ticking.delete(object.metadata.uid)
      wake()
    }
    const stopListening = informer.addHandler({
      onAdd: put,
      onUpdate: put,
      onDelete: ({ metadata }) => {
        if (namespace !== '' && metadata.namespace !== namespace) return
        changed.delete(metadata.uid)
        ticking.delete(metadata.uid)
        removed.add(metadata.uid)
        wake()
      },
    })
    /** Until `ms` are over (undefined: for ever), or something wakes it. */
    const rest = (ms: number | undefined, byChange: boolean): Promise<void> => new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const timer = ms === undefined ? undefined : clock.setTimeout(resolve, ms)
      wake = () => {
        if (!byChange && !signal.aborted) return
        timer?.cancel()
        resolve()
      }
    })
    const onAbort = (): void => wake()
    signal.addEventListener('abort', onAbort)
    try {
      for (let first = true; !signal.aborted; first = false) {
        const upserted = takeSlice(changed, printer, clock.now(), ticking)
        const batch = { reset: first, upserted, removed: [...removed] }
        removed.clear()
        if (first || batch.upserted.length > 0 || batch.removed.length > 0) await push(batch)
        if (changed.size > 0) continue
        await rest(INTERVAL_MS, false)
        if (changed.size > 0 || removed.size > 0) continue
        await rest(ticking.size > 0 ? REPRINT_MS : undefined, true)
        if (changed.size === 0 && removed.size === 0) reprint(ticking, printer, clock.now(), changed)
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      stopListening()
    }
  })
}

function takeSlice(changed: Map<string, Frozen<KubeObject>>, printer: TablePrinter, now: number, ticking: Map<string, { object: Frozen<KubeObject>; text: string }>): ResourceRow[] {
  const rows: ResourceRow[] = []
  for (const [id, object] of changed) {
    changed.delete(id)
    const cells = printer.cells(object, now)
    const text = timeless(cells, printer)
    if (text !== timeless(printer.cells(object, now + A_YEAR), printer)) ticking.set(id, { object, text })
    rows.push(rowOf(object, cells))
    if (rows.length === SLICE) break
  }
  return rows
}

/** Puts what reads differently by now among what changed. */
function reprint(ticking: ReadonlyMap<string, { object: Frozen<KubeObject>; text: string }>, printer: TablePrinter, now: number, changed: Map<string, Frozen<KubeObject>>): void {
  for (const [id, { object, text }] of ticking) {
    if (timeless(printer.cells(object, now), printer) !== text) changed.set(id, object)
  }
}

/** The cells as text, but for ages. */
function timeless(cells: readonly ResourceCell[], { ages }: TablePrinter): string {
  return JSON.stringify(cells.map((cell, i) => (ages.has(i) ? '' : cell)))
}

/** An object as a row. */
export function rowOf(object: Readonly<KubeObject>, cells: ResourceCell[]): ResourceRow {
  const { health } = statusOf(object)
  return { id: object.metadata.uid, ref: refOf(object), cells, ...(health === undefined ? {} : { health }), createdAt: time(object.metadata.creationTimestamp) }
}
