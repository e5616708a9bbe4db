import { gzipSync } from 'node:zlib'
import { PROTOBUF, encodeObject, hasProtobuf } from '../../protobuf/envelope.ts'
import type { Chance } from './chance.ts'
import { anything, damaged } from './values.ts'

/** A body as it is sent. */
export interface Body {
  type: string
  bytes: Buffer
  encoding?: string
}

type Make = (chance: Chance, good: object) => Body

const json = (text: string | Buffer, type = 'application/json'): Body => ({ type, bytes: Buffer.from(text as string) })
const yaml = (text: string): Body => json(text, 'application/yaml')
const MIB = 2 ** 20

const WRITTEN_BADLY: readonly [Make, ...Make[]] = [
  (chance, good) => json(JSON.stringify(damaged(chance, good))),
  (chance, good) => json(JSON.stringify(damaged(chance, good))),
  (chance, good) => json(JSON.stringify(damaged(chance, good))),
  (chance) => json(JSON.stringify(anything(chance))),
  (chance, good) => { const text = JSON.stringify(good); return json(text.slice(0, chance.below(text.length))) },
  (chance) => json(chance.bytes(chance.below(300)), chance.of(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor'])),
  (chance) => json(Buffer.concat([Buffer.from('k8s\0'), chance.bytes(chance.below(200))]), 'application/vnd.kubernetes.protobuf'),
  (chance, good) => mangled(chance, good),
  (_, good) => json(`\ufeff${JSON.stringify(good)}`),
  (_, good) => json(JSON.stringify(good), 'text/html; charset=utf-7'),
  (_, good) => json(JSON.stringify(good), 'application/json; charset="'),
  (_, good) => ({ ...json(JSON.stringify(good)), encoding: 'gzip' }),
  (_, good) => ({ ...json(JSON.stringify(good)), encoding: 'br' }),
  (_, good) => json(JSON.stringify(good).replace(/}$/, `,"metadata":{"name":"twice"}}`)),
  (_, good) => json(Buffer.concat([Buffer.from(JSON.stringify(good).slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])])),
]

/** A good object in protobuf, with some of its bytes others. */
function mangled(chance: Chance, good: object): Body {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', ...good }
  const bytes = hasProtobuf(object) ? encodeObject(object) : Buffer.from('k8s\0')
  for (let hit = chance.below(4); hit >= 0; hit--) bytes[4 + chance.below(Math.max(1, bytes.length - 4))] = chance.below(256)
  return { type: PROTOBUF, bytes }
}

let bomb: Buffer | undefined
/** Fifty megabytes of blanks in fifty kilobytes. */
function zipBomb(): Buffer {
  bomb ??= gzipSync(Buffer.alloc(50 * MIB, 0x20))
  return bomb
}

const HUGE: readonly [Make, ...Make[]] = [
  () => json('['.repeat(100_000)),
  () => json('['.repeat(20_000) + ']'.repeat(20_000)),
  () => json(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`),
  () => json(`"${'a'.repeat(4 * MIB)}"`),
  (_, good) => json(JSON.stringify({ ...good, metadata: { name: 'big', annotations: { a: 'b'.repeat(MIB) } } })),
  (_, good) => json(JSON.stringify({ ...good, metadata: { name: 'many', labels: Object.fromEntries(Array.from({ length: 20_000 }, (__, i) => [`l${String(i)}`, 'v'])) } })),
  (_, good) => json(JSON.stringify({ ...good, metadata: { name: 'owned', ownerReferences: Array.from({ length: 5_000 }, (__, i) => ({ apiVersion: 'v1', kind: 'Pod', name: `p${String(i)}`, uid: String(i) })) } })),
  () => ({ ...json(zipBomb()), encoding: 'gzip' }),
  () => yaml(`a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `a${String(i + 1)}: &a${String(i + 1)} [${Array.from({ length: 9 }, () => `*a${String(i)}`).join(',')}]`).join('\n')}\n`),
  () => yaml('a: &a\n  b: *a\n'),
  () => yaml('!!js/function "function(){ return process.exit() }"'),
  () => yaml(`${'- '.repeat(5_000)}a`),
  () => yaml(`<<: &m {<<: *m}\nkind: ConfigMap`),
  () => yaml(`? ${'['.repeat(2_000)}`),
  () => yaml(`a: ${'"\\'.repeat(30_000)}`),
  () => yaml('apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Secret\n'),
]

const OPERATIONS: readonly [string, ...string[]] = ['add', 'remove', 'replace', 'move', 'copy', 'test', 'explode', '']
const POINTERS: readonly [string, ...string[]] = ['', '/', '/metadata', '/metadata/labels/a~2b', '/data/-', '/data/01', '/__proto__/x', '/constructor/prototype/y', '/metadata/finalizers/-1', 'data', '/data', '/metadata/name', '/metadata/uid', '/a/b/c/d', '/spec/containers/0']

const PATCHES: readonly [Make, ...Make[]] = [
  (chance) => json(JSON.stringify(Array.from({ length: 1 + chance.below(5) }, () => ({ op: chance.of(OPERATIONS), path: chance.of(POINTERS), from: chance.of(POINTERS), value: anything(chance) }))), 'application/json-patch+json'),
  (chance) => json(JSON.stringify(anything(chance)), 'application/json-patch+json'),
  () => json(JSON.stringify(Array.from({ length: 12_000 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' }))), 'application/json-patch+json'),
  // Each copy doubles what is there.
  () => json(JSON.stringify([{ op: 'add', path: '/data', value: { a: 'x'.repeat(1000) } }, ...Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/data', path: `/data/c${String(i)}` }))]), 'application/json-patch+json'),
  (chance, good) => json(JSON.stringify(damaged(chance, good)), 'application/merge-patch+json'),
  (chance) => json(JSON.stringify(anything(chance)), 'application/merge-patch+json'),
  (chance, good) => json(JSON.stringify(damaged(chance, good)), 'application/strategic-merge-patch+json'),
  (chance) => json(JSON.stringify({ $patch: anything(chance), metadata: { '$retainKeys': anything(chance), '$setElementOrder/finalizers': anything(chance), '$deleteFromPrimitiveList/finalizers': anything(chance) }, spec: { containers: [{ $patch: 'delete' }, { $patch: 'merge', name: 1 }] } }), 'application/strategic-merge-patch+json'),
  (chance, good) => json(JSON.stringify(damaged(chance, good)), 'application/apply-patch+yaml'),
  (chance) => json(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'target', managedFields: anything(chance) } }), 'application/apply-patch+yaml'),
  (chance) => json(chance.bytes(100), 'application/apply-patch+yaml'),
  (chance) => json('{}', chance.of(['application/apply-patch+cbor', 'application/json', 'text/plain', 'x', ''])),
]

const KINDS = [WRITTEN_BADLY, WRITTEN_BADLY, WRITTEN_BADLY, HUGE] as const

/** A body for a create or an update, made from a good one. */
export function hostileBody(chance: Chance, good: object): Body {
  return chance.of(chance.of(KINDS))(chance, good)
}

/** A body for a patch of an object like `good`. */
export function hostilePatch(chance: Chance, good: object): Body {
  return chance.percent(85) ? chance.of(PATCHES)(chance, good) : hostileBody(chance, good)
}
