import type { Secret } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import type { SecretKey } from '../../../common/kube/secret-key.ts'
import type { Lister } from '../../client/informer.ts'
import { DeliveryError } from './explain.ts'

/** Somebody at work for one object. */
export interface OutboundWork {
  readonly worker: { stop(): Promise<void> }
  /** What it was made of (`madeOf`): with another, it is made anew. */
  readonly made: string
}

/** Who is at work for the objects of one kind, by their names. */
export class OutboundWorkers<W extends OutboundWork> {
  readonly #all = new Map<string, W>()

  get(name: string): W | undefined {
    return this.#all.get(name)
  }

  values(): Iterable<W> {
    return this.#all.values()
  }

  /** Takes one that has begun; the one before it has ended. */
  set(name: string, work: W): void {
    this.#all.set(name, work)
  }

  /** Resolves when what it had under way is over. */
  async end(name: string): Promise<void> {
    const work = this.#all.get(name)
    this.#all.delete(name)
    await work?.worker.stop()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all.values()].map(({ worker }) => worker.stop()))
    this.#all.clear()
  }
}

/** The object's spec and whatever the Secrets that it names hold, as one text to be compared. Pure. */
export function madeOf({ metadata: { uid }, spec }: Frozen<KubeObject & { spec: unknown }>, refs: readonly SecretKey[], secrets: Pick<Lister<Secret>, 'get'>): string {
  return JSON.stringify([uid, spec, refs.map((ref) => secrets.get(ref.namespace, ref.name)?.data?.[ref.key])])
}

/** Begins; resolves with why it cannot be, where that is for a person to mend. */
export async function refusalOf(begin: () => Promise<void> | void): Promise<DeliveryError | undefined> {
  try {
    await begin()
    return undefined
  } catch (error) {
    if (error instanceof DeliveryError) return error
    throw error
  }
}
