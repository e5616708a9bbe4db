import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groupResourceOf } from '../../../../common/kube/resource.ts'
import type { Store } from '../../../store/store.ts'
import { builtinKinds } from '../../registry/builtin.ts'
import type { Kind } from '../../registry/kind.ts'
import { Registry } from '../../registry/registry.ts'
import { EXAMPLES } from './examples.ts'
import { Wire } from './http.ts'
import { DELETES } from './rules/deletes.ts'
import { IN_PROTOBUF } from './rules/protobuf.ts'
import { READS } from './rules/reads.ts'
import { WATCHES } from './rules/watches.ts'
import { WRITES } from './rules/writes.ts'
import { Subject } from './subject.ts'

// What is so of every kind, asked of every kind over HTTP. A new kind is in as soon as it is served; it needs an example.

const served = new Registry(builtinKinds({} as Store)).served()
const stored = served.filter((kind) => kind.live === undefined && kind.answer === undefined)
const RULES = [...WRITES, ...DELETES, ...READS, ...WATCHES, ...IN_PROTOBUF]
const titleOf = ({ resource }: Kind): string => `${groupResourceOf(resource)}/${resource.version}`

let wire: Wire
beforeAll(async () => { wire = await Wire.start() })
afterAll(() => wire.stop())

test('every kind that is stored has an example, and no other', () => {
  const names = new Set(stored.map(({ resource }) => groupResourceOf(resource)))
  expect(Object.keys(EXAMPLES).sort()).toEqual([...names].sort())
})

describe.concurrent.each(stored.map((kind) => [titleOf(kind), kind] as const))('%s', (_title, kind) => {
  const rules = RULES.filter((rule) => rule.about?.(kind) !== false)
  test.concurrent.each(rules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    const word = `r${String(RULES.indexOf(rule))}-${kind.resource.version}-${kind.resource.group.split('.')[0] ?? ''}`.replace(/-$/, '')
    await rule.check(new Subject(wire, kind, word))
  })
})

test('what is data only is said in one place', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const [, list = ''] = /## Data only\n[^]*?\n((?:- .*\n)+)/.exec(readme) ?? []
  const said = [...list.matchAll(/`(\w+)`/g)].map((m) => m[1]).sort()
  expect(said).toEqual(stored.filter((kind) => kind.dataOnly === true).map((kind) => kind.resource.kind).sort())
})
