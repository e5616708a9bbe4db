import { networkInterfaces } from 'node:os'
import { claim, type Claim } from './claim.ts'

/** Claims a /24 for a lab: the wanted one, or the first of 10.88.0.0/16 that neither this machine nor another lab uses. */
export async function claimSubnet(wanted?: string): Promise<{ net: string; held: Claim }> {
  if (wanted !== undefined && !/^(\d{1,3}\.){2}\d{1,3}$/.test(wanted)) throw new Error(`'${wanted}' is not the first three octets of a subnet, as in 10.88.7`)
  const candidates = wanted === undefined ? Array.from({ length: 256 }, (_, n) => `10.88.${n}`) : [wanted]
  for (const net of candidates) {
    if (inUse(net)) continue
    const held = await claim(`net/${net}`)
    if (held !== undefined) return { net, held }
  }
  throw new Error(wanted === undefined ? 'no free /24 in 10.88.0.0/16' : `${wanted}.0/24 is in use on this machine`)
}

function inUse(net: string): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address.startsWith(`${net}.`)) === true)
}
