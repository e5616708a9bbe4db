import type { Clock } from '../../../common/clock.ts'
import { hasReason } from '../../../common/errors.ts'
import type { Node } from '../../../common/kube/generated/core-v1.ts'
import { Nodes } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { changeStatus } from '../../client/retry.ts'
import type { Room } from '../../metrics/start-metrics.ts'
import { NVIDIA_VENDOR, readFacts } from './node-facts.ts'
import type { NodeFacts } from './node-facts.ts'
import { capacityPatch, extendedPatch, metadataPatch, pressureConditions } from './node-update.ts'
import { hasPlenty, isFilling, PressureGauge } from './pressure.ts'
import type { Pressure, PressureType } from './pressure.ts'

export interface NodeRoomOptions {
  client: Client
  clock: Clock
  recorder: EventRecorder
  /** The node's name. */
  name: string
  /** The node as the caches have it. */
  node(): Frozen<Node> | undefined
  /** What its helper says it is made of. */
  facts(pciVendors: readonly string[]): Promise<string>
  /** Can its Docker hand out NVIDIA's GPUs? */
  gpusUsable(): Promise<boolean>
  /** The disk fills: removes what nothing needs, until `enough` says so. True when something was removed. */
  makeRoom(enough: () => Promise<boolean>): Promise<boolean>
  /** The disk was full, and is not any more. */
  roomMade(): void
  onError(error: unknown): void
}

/** A disk fills slowly, and devices hardly ever change. A disk that is nearly full is looked at in each round: somebody may be waiting for room. */
const FACTS_MS = 30_000
/** What removes images asks Docker for all of them. */
const MAKE_ROOM_MS = 30_000
/** How long Docker's word about GPUs is believed: somebody may be installing what is missing. */
const GPUS_MS = 300_000
const TYPES: readonly PressureType[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure']
const EVENTS: Record<PressureType, { short: string; well: string }> = {
  MemoryPressure: { short: 'NodeHasInsufficientMemory', well: 'NodeHasSufficientMemory' },
  DiskPressure: { short: 'NodeHasDiskPressure', well: 'NodeHasNoDiskPressure' },
  PIDPressure: { short: 'NodeHasInsufficientPID', well: 'NodeHasSufficientPID' },
}

/** Keeps a node's pressure conditions, its disk and its GPUs true. Has no timer of its own: it is told in each round of the metrics. */
export class NodeRoom {
  readonly #o: NodeRoomOptions
  readonly #gauge: PressureGauge
  #facts: { at: number; facts: NodeFacts } | undefined
  #madeRoomAt = -Infinity
  #gpus: { at: number; usable: boolean } | undefined
  #work: Promise<void> | undefined
  #toldNoGpu = ''
  #stopped = false

  constructor(options: NodeRoomOptions) {
    this.#o = options
    this.#gauge = new PressureGauge(options.name)
  }

  /** A round's reading. One that comes while the last is still worked on is left out. */
  take(room: Room): void {
    if (this.#stopped || this.#work !== undefined) return
    this.#work = this.#update(room).catch((error: unknown) => {
      if (!this.#stopped && !hasReason(error, 'NotFound', 'Conflict')) this.#o.onError(error)
    }).finally(() => (this.#work = undefined))
  }

  /** Docker found no room on the disk: it is looked at in the next round, whenever it was the last time. */
  lookAtDisk(): void {
    this.#facts = undefined
  }

  /** Resolves when the last write is over. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#work
  }

  async #update(room: Room): Promise<void> {
    const { clock } = this.#o
    const node = this.#o.node()
    // Not registered yet: in another round.
    if (node === undefined) return
    await this.#patch(extendedPatch(node), 'status')
    const known = this.#facts
    const isDue = known === undefined || isFilling(known.facts.disk) || clock.monotonic() - known.at >= FACTS_MS
    const facts = isDue ? await this.#readWithRoom() : known.facts
    if (isDue) {
      this.#facts = { at: clock.monotonic(), facts }
      await this.#describe(node, facts)
    }
    const before = new Map(TYPES.map((type) => [type, node.status?.conditions?.find((c) => c.type === type)?.status === 'True']))
    const pressures = this.#gauge.judge({ room, disk: facts.disk }, new Set(TYPES.filter((type) => before.get(type) === true)), clock.monotonic())
    if (pressureConditions(node, pressures, clock.now()) !== undefined) await this.#write(pressures)
    for (const pressure of pressures) {
      if (pressure.is === before.get(pressure.type)) continue
      this.#say(node, pressure)
      if (pressure.type === 'DiskPressure' && !pressure.is) this.#o.roomMade()
    }
  }

  /** Room is made before pods would be turned away. */
  async #readWithRoom(): Promise<NodeFacts> {
    const read = async (): Promise<NodeFacts> => readFacts(await this.#o.facts([NVIDIA_VENDOR]))
    const facts = await read()
    if (!isFilling(facts.disk) || this.#o.clock.monotonic() - this.#madeRoomAt < MAKE_ROOM_MS) return facts
    this.#madeRoomAt = this.#o.clock.monotonic()
    const made = await this.#o.makeRoom(async () => hasPlenty((await read()).disk)).catch((error: unknown) => { this.#o.onError(error) })
    return made === true ? read() : facts
  }

  async #describe(node: Frozen<Node>, facts: NodeFacts): Promise<void> {
    const usable = facts.gpus.length > 0 && await this.#gpusUsable()
    const marks = (): Promise<void> => this.#patch(metadataPatch(node, facts, usable), undefined)
    const capacity = (): Promise<void> => this.#patch(capacityPatch(node, facts, usable), 'status')
    // By its marks it is known whose a number of GPUs is: they are there for as long as it is.
    for (const write of facts.gpus.length > 0 ? [marks, capacity] : [capacity, marks]) await write()
    if (facts.displays > 0 && !usable) this.#sayNoGpu(node, facts)
  }

  async #gpusUsable(): Promise<boolean> {
    const now = this.#o.clock.monotonic()
    if (this.#gpus === undefined || now - this.#gpus.at >= GPUS_MS) this.#gpus = { at: now, usable: await this.#o.gpusUsable() }
    return this.#gpus.usable
  }

  async #patch(patch: Record<string, unknown> | undefined, part: 'status' | undefined): Promise<void> {
    if (patch !== undefined) await this.#o.client.patch(Nodes, '', this.#o.name, 'application/merge-patch+json', patch, part)
  }

  /** From a fresh read: others write conditions of their own. */
  async #write(pressures: readonly Pressure[]): Promise<void> {
    await changeStatus(this.#o.client, Nodes, { namespace: '', name: this.#o.name }, (node) => {
      const conditions = pressureConditions(node, pressures, this.#o.clock.now())
      node.status = { ...node.status, ...(conditions === undefined ? {} : { conditions }) }
      return conditions !== undefined
    })
  }

  #say(node: Frozen<Node>, { type, is, message }: Pressure): void {
    this.#o.recorder.event(node, is ? 'Warning' : 'Normal', is ? EVENTS[type].short : EVENTS[type].well, message)
  }

  /** Once for each way in which it is so. */
  #sayNoGpu(node: Frozen<Node>, { gpus }: NodeFacts): void {
    const why = gpus.length === 0 ? 'NVIDIA\'s driver is not loaded there: install it, and restart the server.' : 'Docker cannot hand it to containers: install nvidia-container-toolkit there, and restart Docker.'
    if (this.#toldNoGpu === why) return
    this.#toldNoGpu = why
    this.#o.recorder.event(node, 'Warning', 'GPUNotUsable', `Server ${this.#o.name} has a GPU, but ${why}`)
  }
}
