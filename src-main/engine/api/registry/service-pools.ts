import { randomInt } from 'node:crypto'
import { ipToNumber } from '../../../common/ipv4.ts'
import type { Service } from '../../../common/kube/generated/core-v1.ts'
import { Services } from '../../../common/kube/kinds.ts'
import type { Store } from '../../store/store.ts'
import { prefixOf } from '../rest/keys.ts'

/** Whole numbers of a range, each held at most once. */
export class Pool {
  readonly #used = new Set<number>()
  readonly #first: number
  readonly #last: number
  readonly #pick: (below: number) => number

  /** `pick` draws a number from 0 up to (not including) its argument. */
  constructor(first: number, last: number, pick: (below: number) => number = randomInt) {
    this.#first = first
    this.#last = last
    this.#pick = pick
  }

  contains(value: number): boolean {
    return value >= this.#first && value <= this.#last
  }

  /** False when it is held already or outside the range. */
  take(value: number): boolean {
    if (!this.contains(value) || this.#used.has(value)) return false
    this.#used.add(value)
    return true
  }

  /** A free number from `from` upwards (random start, so that a freed one is not reused at once); undefined when all are held. */
  takeAny(from = this.#first): number | undefined {
    const size = this.#last - from + 1
    const start = this.#pick(size)
    for (let i = 0; i < size; i++) {
      const value = from + ((start + i) % size)
      if (this.take(value)) return value
    }
    return from > this.#first ? this.takeAny() : undefined
  }

  free(value: number): void {
    this.#used.delete(value)
  }
}

/** The service network and node ports: Kubernetes' defaults. */
export const SERVICE_CIDR = '10.96.0.0/12'
export const NODE_PORTS = { first: 30000, last: 32767 } as const
/** The address of the `kubernetes` Service. */
export const API_SERVICE_IP = '10.96.0.1'
// Low addresses are left for Services that name theirs.
const STATIC_BAND = 256
const NETWORK = (10 << 24) | (96 << 16)
const LAST_HOST = NETWORK + 2 ** 20 - 2

/** What Services hold: cluster IPs and node ports (each protocol its own). Read from the store at first use; one engine owns a store. */
export class ServicePools {
  readonly #store: Store
  readonly #ips = new Pool(NETWORK + 1, LAST_HOST)
  readonly #ports = new Map<string, Pool>()
  #loaded = false

  constructor(store: Store) {
    this.#store = store
  }

  ips(): Pool {
    this.#load()
    return this.#ips
  }

  /** An address from the dynamic band. */
  anyIp(): number | undefined {
    return this.ips().takeAny(NETWORK + STATIC_BAND)
  }

  ports(protocol: string): Pool {
    this.#load()
    return this.#portPool(protocol)
  }

  #portPool(protocol: string): Pool {
    const pool = this.#ports.get(protocol) ?? new Pool(NODE_PORTS.first, NODE_PORTS.last)
    this.#ports.set(protocol, pool)
    return pool
  }

  #load(): void {
    if (this.#loaded) return
    this.#loaded = true
    for (const { value } of this.#store.list(prefixOf(Services)).entries) {
      const { spec } = value as unknown as Service
      const ip = ipToNumber(spec?.clusterIP ?? '')
      if (ip !== undefined) this.#ips.take(ip)
      for (const port of spec?.ports ?? []) if (port.nodePort) this.#portPool(port.protocol ?? 'TCP').take(port.nodePort)
    }
  }
}
