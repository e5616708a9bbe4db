import { expect } from 'vitest'
import type { KubeObject } from '../../../../../common/kube/object.ts'
import { PROTOBUF, decodeObject, encodeObject, hasProtobuf } from '../../../protobuf/envelope.ts'
import { fieldsIn } from '../../../protobuf/own-forms.ts'
import { said } from '../../../protobuf/testing/said.ts'
import { apiVersionOf } from '../../../../../common/kube/resource.ts'
import type { Kind } from '../../../registry/kind.ts'
import { noted, noteOf, type Rule, type Subject } from '../subject.ts'

type Typed = Record<string, unknown> & { apiVersion: string; kind: string }

const has = ({ resource }: Kind): boolean => hasProtobuf({ apiVersion: apiVersionOf(resource), kind: resource.kind })

/** Asks in protobuf and reads what comes: the type of the answer must say so. */
async function given(s: Subject, method: string, path: string, body?: object, as = ''): Promise<{ code: number; object: Typed }> {
  const { code, headers, bytes } = await s.ask(method, path, { accept: PROTOBUF + as, ...(body === undefined ? {} : { body: encodeObject(body as Typed), type: PROTOBUF }) })
  expect(headers['content-type'], bytes.toString().slice(0, 200)).toBe(PROTOBUF)
  return { code, object: decodeObject(bytes) as Typed }
}

export const IN_PROTOBUF: readonly Rule[] = [
  {
    name: 'in protobuf: created, read, listed, updated, deleted, and refused',
    about: has,
    async check(s) {
      const { code, object } = await given(s, 'POST', s.path(), s.body())
      expect(code).toBe(201)
      const created = await s.read()
      expect(object).toEqual(said(created))
      expect((await given(s, 'GET', s.path(s.name()))).object).toEqual(said(created))
      const query = `${s.path()}?labelSelector=rule%3D${s.word}`
      const list = await s.ok<Typed>('GET', query)
      const { resourceVersion } = list['metadata'] as { resourceVersion: string }
      expect((await given(s, 'GET', `${query}&resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`)).object).toEqual(said(list))
      const meta = (await given(s, 'GET', query, undefined, ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1')).object
      expect([meta.kind, meta['items']]).toMatchObject(['PartialObjectMetadataList', [{ metadata: { name: s.name(), uid: created.metadata.uid } }]])
      const updated = await given(s, 'PUT', s.path(s.name()), { ...created, metadata: { ...created.metadata, ...noted('p').metadata } })
      expect([updated.code, noteOf(updated.object as unknown as KubeObject)]).toEqual([200, 'p'])
      const deletion = { apiVersion: s.apiVersion, kind: 'DeleteOptions', preconditions: { uid: 'another' } }
      const refused = await given(s, 'DELETE', s.path(s.name()), deletion)
      expect(refused.object).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Conflict', code: 409 })
      expect((await given(s, 'DELETE', s.path(s.name()), { ...deletion, preconditions: { uid: created.metadata.uid } })).code).toBe(200)
      await s.erase()
    },
  },
  {
    name: 'in protobuf: watched, event by event',
    about: has,
    async check(s) {
      const created = await s.create()
      const response = await s.wire.open('GET', `${s.path()}?watch=true&fieldSelector=metadata.name%3D${s.name()}`, { accept: PROTOBUF })
      expect(response.headers['content-type']).toBe(`${PROTOBUF};stream=watch`)
      let waiting = Buffer.alloc(0)
      for await (const chunk of response as AsyncIterable<Buffer>) {
        waiting = Buffer.concat([waiting, chunk])
        if (waiting.length < 4 || waiting.length < 4 + waiting.readUInt32BE(0)) continue
        break
      }
      response.destroy()
      expect(eventIn(waiting.subarray(4, 4 + waiting.readUInt32BE(0)))).toEqual({ type: 'ADDED', object: said(created) })
      await s.erase()
    },
  },
  {
    name: 'without protobuf for what has none, and never in CBOR',
    async check(s) {
      const both = `${PROTOBUF},application/json`
      const { headers } = await s.ask('GET', `${s.path()}?limit=1`, { accept: both })
      expect(headers['content-type']).toBe(has(s.kind) ? PROTOBUF : 'application/json')
      await s.refused('GET', `${s.path()}?limit=1`, { accept: 'application/cbor' }, 406, 'NotAcceptable')
      expect((await s.ask('GET', `${s.path()}?limit=1`, { accept: 'application/cbor,application/json' })).headers['content-type']).toBe('application/json')
      expect((await s.ask('GET', `${s.path()}?limit=1`, { accept: `${PROTOBUF};as=Table;g=meta.k8s.io;v=v1,application/json;as=Table;g=meta.k8s.io;v=v1` })).headers['content-type']).toBe('application/json')
      await s.refused('POST', s.path(), { body: Buffer.from([0xd9, 0xd9, 0xf7, 0xa0]), type: 'application/cbor' }, 415, 'UnsupportedMediaType')
      if (!has(s.kind)) await s.refused('GET', `${s.path()}?limit=1`, { accept: 'application/vnd.example' }, 406, 'NotAcceptable')
    },
  },
]

function eventIn(bytes: Uint8Array): { type: string; object: unknown } {
  const event = { type: '', object: undefined as unknown }
  for (const { number, reader } of fieldsIn(bytes)) {
    if (number === 1) event.type = reader.string()
    else for (const raw of fieldsIn(reader.bytes())) event.object = decodeObject(raw.reader.bytes())
  }
  return event
}
