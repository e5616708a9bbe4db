import { rangeOf } from '../../../common/ipv4.ts'

const BASE = [10, 244] as const

/**
 * The first 10.244.N.0/24 (N from 1) that meets none of the taken networks, or a block of 10.x or 172.x beyond when all of those do.
 * `taken` are CIDRs of the node's other networks, the machine's routes and other nodes' pods. Pure.
 */
export function choosePodCidr(taken: readonly string[]): string {
  const ranges = taken.map(rangeOf)
  for (const [a, b] of [BASE, [10, 200], [10, 210], [172, 30], [192, 168]] as const) {
    for (let n = 1; n < 255; n++) {
      const cidr = `${String(a)}.${String(b)}.${String(n)}.0/24`
      const [first, last] = rangeOf(cidr)
      if (ranges.every(([f, l]) => last < f || first > l)) return cidr
    }
  }
  throw new Error('no free /24 network for pods: 10.244, 10.200, 10.210, 172.30 and 192.168 are all taken by networks of this server')
}
