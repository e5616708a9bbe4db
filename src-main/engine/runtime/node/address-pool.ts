import { ipToNumber, numberToIp } from '../../../common/ipv4.ts'

/** IPv4 addresses of one node's pods. An address that was given back is not given out again before all others were. */
export class AddressPool {
  readonly #first: number
  readonly #size: number
  readonly #taken = new Map<string, string>()
  #next = 2

  /** `cidr` such as `10.244.1.0/24`. The first address is the bridge's, the last the broadcast. */
  constructor(cidr: string) {
    const [base = '', bits = '24'] = cidr.split('/')
    this.#size = 2 ** (32 - Number(bits))
    this.#first = ipToNumber(base) ?? 0
  }

  /** Takes an address for `owner`: `wanted` when it is free, else the next free one. Throws an Error when none is left. */
  take(owner: string, wanted?: string): string {
    for (const [address, holder] of this.#taken) if (holder === owner) return address
    if (wanted !== undefined && this.#usable(wanted) && !this.#taken.has(wanted)) return this.#give(wanted, owner)
    for (let tried = 0; tried < this.#size; tried++) {
      const address = numberToIp(this.#first + this.#next)
      this.#next = this.#next + 1 >= this.#size - 1 ? 2 : this.#next + 1
      if (this.#usable(address) && !this.#taken.has(address)) return this.#give(address, owner)
    }
    throw new Error(`all ${String(this.#size - 3)} addresses for pods on this node are taken: delete pods, or add a server`)
  }

  release(owner: string): void {
    for (const [address, holder] of this.#taken) if (holder === owner) this.#taken.delete(address)
  }

  #give(address: string, owner: string): string {
    this.#taken.set(address, owner)
    return address
  }

  #usable(address: string): boolean {
    const offset = (ipToNumber(address) ?? 0) - this.#first
    return offset >= 2 && offset < this.#size - 1
  }
}
