import { describe, expect, test } from 'vitest'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { ServerFacts } from '../../hosts/ssh/server-facts.ts'
import { CannotAdd, checkFacts, nameFor } from './server-checks.ts'

const NOW = Date.UTC(2026, 0, 1)
const facts = (more: Partial<ServerFacts> = {}): ServerFacts => ({ hostname: 'web', address: '10.0.0.5', networks: ['10.0.0.5/24'], mtu: 1500, clock: NOW, ...more })
const node = (name: string, podCIDR: string): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: { podCIDR } })

/** Why not, or ''. */
function refusal(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    if (!(error instanceof CannotAdd)) throw error
    return `${error.why.reason} ${error.why.message}`
  }
}

test.each<[string, ServerFacts, RegExp]>([
  ['is fine', facts(), /^$/],
  ['has a clock a minute off', facts({ clock: NOW + 59_000 }), /^$/],
  ['has a clock that is ahead', facts({ clock: NOW + 90_000 }), /^ClockSkew .* 90 s ahead of this desk's\. Set it right/],
  ['has a clock that is behind', facts({ clock: NOW - 3_600_000 }), /^ClockSkew .* 3600 s behind/],
  ['is in a network of the pods\'', facts({ networks: ['10.0.0.5/24', '10.244.2.9/16'] }), /^NetworkClash .*10\.244\.2\.9\/16 has the same addresses as the pods on a \(10\.244\.1\.0\/24\)/],
  ['is in a network beside the pods\'', facts({ networks: ['10.244.2.0/24'] }), /^$/],
])('a server that %s', (_, of, says) => {
  expect(refusal(() => checkFacts(of, [node('a', '10.244.1.0/24')], NOW))).toMatch(says)
})

describe('its name', () => {
  test.each<[string | undefined, string, string[], string]>([
    [undefined, 'web', [], 'web'], [undefined, 'Web_1.example.com', [], 'web-1.example.com'], [undefined, 'web', ['web', 'web-2'], 'web-3'], [undefined, '---', [], 'server'], ['db', 'web', [], 'db'], ['', 'web', [], 'web'],
  ])('%s, of %s, beside %j: %s', (wanted, hostname, taken, name) => expect(nameFor(wanted, hostname, new Set(taken))).toBe(name))
  test('one that is taken, or is none, is refused', () => {
    expect(refusal(() => nameFor('db', 'web', new Set(['db'])))).toMatch(/^NameTaken There is a server db already/)
    expect(refusal(() => nameFor('My DB', 'web', new Set()))).toMatch(/^InvalidName .* for instance my-db/)
  })
})
