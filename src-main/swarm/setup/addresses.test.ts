import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clash, numberToIp } from '../../common/ipv4.ts'
import { addressChoices, freePool, networkOf, poolProblem, POOLS } from './addresses.ts'

const place = (address: string, ...networks: string[]): { address: string; networks: string[] } => ({ address, networks })

describe('the address that others know a server by', () => {
  test.each([
    ['the only one', place('192.0.2.5', '192.0.2.5/24'), [], '192.0.2.5', 'Public'],
    ['a private one rather than the public one that SSH came to', place('203.0.113.7', '203.0.113.7/24', '10.1.0.7/24'), [], '10.1.0.7', 'Private'],
    ['one in a network with others rather than any', place('10.1.0.7', '10.1.0.7/24', '203.0.113.7/24'), [place('203.0.113.8', '203.0.113.8/24')], '203.0.113.7', 'Shared'],
    ['of two private ones the one that SSH came to', place('192.168.5.7', '10.1.0.7/24', '192.168.5.7/24'), [], '192.168.5.7', 'Private'],
  ])('%s', (_, own, others, address, reason) => expect(addressChoices(own, others)[0]).toMatchObject({ address, why: { reason } }))

  test('none where nothing is known', () => expect(addressChoices(place('10.0.0.1'), [])).toEqual([]))
})

describe('the pool of overlay networks', () => {
  test.each([
    ['Docker\'s own where no server has a 10.x network', ['192.168.1.5/24', '172.17.0.1/16'], '10.0.0.0/8'],
    ['a part of it that no server\'s VPC has', ['10.0.3.5/24'], '10.208.0.0/12'],
    ['not the rest of a /16 whose /24 one server is in', ['10.208.7.5/24'], '10.192.0.0/12'],
    ['outside 10/8 when that is all taken', ['10.0.0.5/8'], '100.64.0.0/12'],
    ['none when all is', ['0.0.0.0/1', '128.0.0.0/1'], undefined],
  ])('%s', (_, networks, pool) => expect(freePool(networks)).toBe(pool))

  test('is clear of every network, whatever they are', () => {
    const cidr = fc.tuple(fc.nat(0xffffffff), fc.integer({ min: 8, max: 32 })).map(([n, bits]) => `${numberToIp(n)}/${String(bits)}`)
    fc.assert(fc.property(fc.array(cidr, { maxLength: 8 }), (networks) => {
      const pool = freePool(networks)
      if (pool !== undefined) expect(clash(pool, networks)).toBeUndefined()
    }))
  })

  test.each([['10.0.0.0/8', ['10.1.2.3/24'], /has addresses of 10\.1\.2\.0\/24.*for instance 10\.208/], ['nonsense', [], /is no pool/], ['10.0.0.0/24', [], /not smaller than a \/23/], ['10.64.0.0/12', ['192.168.0.5/24'], undefined]] as const)('%s with %j', (pool, networks, problem) => {
    if (problem === undefined) expect(poolProblem(pool, networks)).toBeUndefined()
    else expect(poolProblem(pool, networks)).toMatch(problem)
  })

  test('all that are offered are pools', () => expect(POOLS.map((pool) => poolProblem(pool, []))).toEqual(POOLS.map(() => undefined)))
  test('a network of an address', () => expect(networkOf('203.0.113.77/28')).toBe('203.0.113.64/28'))
})
