import type { ComposeModel } from '../../common/compose/forms/file.ts'
import type { MovePhase, MoveRequest, MoveStepName } from '../../common/contract/index.ts'
import { hasReason } from '../../common/errors.ts'
import type { Secret } from '../../common/kube/generated/core-v1.ts'
import { Secrets } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { KUBE_SYSTEM } from '../../common/kube/well-known.ts'
import type { Manifest } from '../../convert/to-kubernetes/convert.ts'
import type { Client } from '../../engine/client/client.ts'
import { deleteIfThere, getIfThere } from '../../engine/client/retry.ts'
import type { Informers } from '../../engine/client/informer.ts'
import type { VolumePlace } from './parts-of-app.ts'
import type { Parts } from './steps.ts'
import type { ToCluster } from './to-kubernetes.ts'

/**
 * All that a move needs to be gone on with, or taken back, by an engine that knows nothing else. It is an object of the cluster (a Secret: it may hold what secrets hold, and those are
 * encrypted at rest), written before each step, so it is also in the copies of the cluster's state.
 */
export interface MoveRecord {
  readonly what: MoveRequest
  readonly stack: string
  readonly namespace: string
  readonly phase: MovePhase
  readonly step: MoveStepName
  readonly message: string
  readonly problem?: string
  readonly parts: Parts
  /** By the service's name in the stack: the workload. */
  readonly workloads: Readonly<Record<string, { readonly kind: string; readonly name: string }>>
  readonly places: readonly (VolumePlace & { readonly part: string })[]
  /** Names of the Services that publish ports. */
  readonly services: readonly string[]
  /** What is made there. */
  readonly cluster?: { readonly objects: readonly Manifest[]; readonly secrets: ToCluster['secrets'] }
  readonly swarm?: { readonly model: ComposeModel; readonly files: Readonly<Record<string, string>> }
  /** What the app is in the cluster it leaves: removed when the move is finished. Claims are not among it. */
  readonly old: readonly ObjectName[]
  /** Objects that the move made in the cluster and that were not there before; `stack`: the stack was not. */
  readonly made: { readonly objects: readonly ObjectName[]; readonly stack: boolean }
}

/** An object of the move's namespace, or of none. */
export interface ObjectName {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
}

const TYPE = 'toque.dev/move'
const KEY = 'move'

/** Where the records of moves are. One for each stack. */
export class MoveRecords {
  readonly #client: Client
  readonly #informers: Informers

  constructor(client: Client, informers: Informers) {
    this.#client = client
    this.#informers = informers
  }

  list(): MoveRecord[] {
    return this.#informers.for(Secrets).lister.list({ namespace: KUBE_SYSTEM }).filter(({ type }) => type === TYPE).flatMap((secret) => read(secret) ?? [])
  }

  /** From the store, not the cache. */
  async get(stack: string): Promise<MoveRecord | undefined> {
    const secret = await getIfThere(this.#client, Secrets, KUBE_SYSTEM, nameOf(stack))
    return secret === undefined ? undefined : read(secret)
  }

  /** Resolves when it would outlive a power cut. */
  async save(record: MoveRecord): Promise<void> {
    const data = { [KEY]: Buffer.from(JSON.stringify(record)).toString('base64') }
    const name = nameOf(record.stack)
    try {
      await this.#client.patch(Secrets, KUBE_SYSTEM, name, 'application/merge-patch+json', { data })
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error
      await this.#client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: KUBE_SYSTEM }, type: TYPE, data })
    }
  }

  async remove(stack: string): Promise<void> {
    await deleteIfThere(this.#client, Secrets, { metadata: { namespace: KUBE_SYSTEM, name: nameOf(stack) } })
  }

  /** Tells of each change. */
  onChange(listener: () => void): () => void {
    const heard = (secret: Frozen<Secret>): void => { if (secret.type === TYPE) listener() }
    return this.#informers.for(Secrets).addHandler({ onAdd: heard, onUpdate: heard, onDelete: heard })
  }

  get synced(): Promise<void> {
    return this.#informers.for(Secrets).synced
  }
}

/** A stack's name may have capitals and underscores, an object's may not; two that differ in those alone are told apart. */
function nameOf(stack: string): string {
  const plain = stack.toLowerCase().replace(/[^a-z0-9-]/g, '-')
  return `toque-move-${plain === stack ? plain : `${plain}.${Buffer.from(stack).toString('hex')}`}`
}

function read(secret: Frozen<Secret>): MoveRecord | undefined {
  try {
    return JSON.parse(Buffer.from(secret.data?.[KEY] ?? '', 'base64').toString('utf8')) as MoveRecord
  } catch {
    return undefined
  }
}
