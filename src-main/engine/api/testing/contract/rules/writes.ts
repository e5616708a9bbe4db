import { expect } from 'vitest'
import type { KubeObject } from '../../../../../common/kube/object.ts'
import { APPLY, JSON_PATCH, MERGE, NAMESPACE, noted, noteOf, type Rule, STRATEGIC } from '../subject.ts'

const STALE = '1'

export const WRITES: readonly Rule[] = [
  {
    name: 'created, it is as it was sent, with what the server adds; a second of the name is refused',
    async check(s) {
      const created = await s.create()
      const { resource: { kind, namespaced } } = s.kind
      expect(created).toMatchObject({ apiVersion: s.apiVersion, kind, metadata: { name: s.name(), labels: { which: 'one' } } })
      expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
      expect(Number(created.metadata.resourceVersion)).toBeGreaterThan(0)
      expect(Date.parse(created.metadata.creationTimestamp)).toBeGreaterThan(0)
      expect(created.metadata.namespace).toBe(namespaced ? NAMESPACE : undefined)
      expect(await s.read()).toEqual(created)
      await s.refused('POST', s.path(), { body: s.body() }, 409, 'AlreadyExists')
      await s.erase()
      await s.refused('DELETE', s.path(s.name()), {}, 404, 'NotFound')
    },
  },
  {
    name: 'a body of another kind, namespace, version or with an unknown field is refused',
    async check(s) {
      await s.refused('POST', s.path(), { body: { ...s.body(), kind: 'Other' } }, 400, 'BadRequest')
      await s.refused('POST', s.path(), { body: { ...s.body(), apiVersion: 'example.com/v9' } }, 400, 'BadRequest')
      await s.refused('POST', `${s.path()}?fieldValidation=Strict`, { body: { ...s.body(), speck: 1 } }, 400, 'BadRequest')
      await s.refused('POST', s.path(), { body: s.body('one', { resourceVersion: '5' }) }, 400, 'BadRequest')
      await s.refused('POST', s.path(), { body: s.body('one', { name: 'Not/a name' }) }, 422, 'Invalid')
      if (s.kind.resource.namespaced) await s.refused('POST', s.path(), { body: s.body('one', { namespace: 'other' }) }, 400, 'BadRequest')
      const warned = await s.ask('POST', `${s.path()}?dryRun=All`, { body: { ...s.body(), speck: 1 } })
      expect([warned.code, warned.headers['warning']]).toEqual([201, '299 - "unknown field \\"speck\\""'])
    },
  },
  {
    name: 'generateName makes a name',
    about: (kind) => kind.resource.kind !== 'APIService',
    async check(s) {
      const { metadata: { name: _name, ...metadata }, ...rest } = s.body()
      const { metadata: { name } } = await s.ok('POST', s.path(), { body: { ...rest, metadata: { ...metadata, generateName: `${s.word}-` } } }, 201)
      expect(name).toMatch(new RegExp(`^${s.word}-[a-z0-9]{5}$`))
      await s.ask('DELETE', s.path(name))
      await s.ask('PATCH', s.path(name), { type: MERGE, body: { metadata: { finalizers: null } } })
    },
  },
  {
    name: 'updated: by the version that was read, or by none; not by an older one, nor where nothing is',
    async check(s) {
      await s.refused('PUT', s.path(s.name()), { body: s.body() }, 404, 'NotFound')
      const created = await s.create()
      const changed = { ...created, metadata: { ...created.metadata, ...noted('a').metadata } }
      const updated = await s.ok('PUT', s.path(s.name()), { body: changed })
      expect(noteOf(updated)).toBe('a')
      expect(Number(updated.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion))
      expect(updated.metadata).toMatchObject({ uid: created.metadata.uid, creationTimestamp: created.metadata.creationTimestamp })
      const status = await s.refused('PUT', s.path(s.name()), { body: changed }, 409, 'Conflict')
      expect(status['message']).toMatch(/the object has been modified; please apply your changes to the latest version and try again/)
      await s.refused('PUT', s.path(s.name()), { body: { ...updated, metadata: { ...updated.metadata, resourceVersion: undefined, uid: 'another' } } }, 409, 'Conflict')
      expect(await s.ok('PUT', s.path(s.name()), { body: updated }), 'nothing changed').toEqual(updated)
      const blind = await s.ok('PUT', s.path(s.name()), { body: { ...updated, metadata: { ...updated.metadata, resourceVersion: undefined, ...noted('b').metadata } } })
      expect(noteOf(blind)).toBe('b')
      const zero = await s.ok('PUT', s.path(s.name()), { body: { ...updated, metadata: { ...updated.metadata, resourceVersion: '0', ...noted('c').metadata } } })
      expect(noteOf(zero), 'version 0 is none').toBe('c')
      await s.erase()
    },
  },
  {
    name: 'patched in three ways',
    async check(s) {
      await s.create()
      const path = s.path(s.name())
      const merged = await s.ok('PATCH', path, { type: MERGE, body: noted('merge') })
      expect(noteOf(merged)).toBe('merge')
      expect(noteOf(await s.ok('PATCH', path, { type: JSON_PATCH, body: [{ op: 'replace', path: '/metadata/annotations/note', value: 'json' }] }))).toBe('json')
      expect(noteOf(await s.ok('PATCH', path, { type: STRATEGIC, body: noted('strategic') }))).toBe('strategic')
      expect(noteOf(await s.ok('PATCH', path, { type: MERGE, body: { metadata: { annotations: { note: null } } } }))).toBeUndefined()
      await s.refused('PATCH', path, { type: MERGE, body: { metadata: { resourceVersion: STALE, ...noted('late').metadata } } }, 409, 'Conflict')
      await s.refused('PATCH', path, { type: 'text/csv', body: {} }, 415, 'UnsupportedMediaType')
      await s.refused('PATCH', s.path(s.name('other')), { type: MERGE, body: {} }, 404, 'NotFound')
      await s.erase()
    },
  },
  {
    name: 'applied: creates, owns what it says, conflicts with another owner, takes over by force',
    async check(s) {
      const path = s.path(s.name())
      const config = (note: string): object => ({ ...s.body(), metadata: { ...s.body().metadata, ...noted(note).metadata } })
      await s.ok('PATCH', `${path}?fieldManager=first`, { type: APPLY, body: config('a') }, 201)
      const again = await s.ok('PATCH', `${path}?fieldManager=first`, { type: APPLY, body: config('b') })
      expect(noteOf(again)).toBe('b')
      expect(again.metadata.managedFields?.map(({ manager, operation }) => `${manager ?? ''} ${operation ?? ''}`)).toContain('first Apply')
      const only = { apiVersion: s.apiVersion, kind: s.kind.resource.kind, metadata: { name: s.name(), ...noted('c').metadata } }
      const status = await s.refused('PATCH', `${path}?fieldManager=second&dryRun=All`, { type: APPLY, body: { ...config('c'), metadata: { ...only.metadata } } }, 409, 'Conflict')
      expect(JSON.stringify(status['details'])).toMatch(/FieldManagerConflict.*first.*annotations\.note/)
      const taken = await s.ok('PATCH', `${path}?fieldManager=second&force=true`, { type: APPLY, body: { ...config('c'), metadata: { ...only.metadata } } })
      expect(noteOf(taken)).toBe('c')
      await s.refused('PATCH', path, { type: APPLY, body: config('d') }, 422, 'Invalid')
      await s.erase()
    },
  },
  {
    name: 'recorded from the first write: by whom, how, and in which version; a write that changes nothing is not',
    async check(s) {
      const record = ({ metadata: { managedFields = [] } }: KubeObject): string[] => managedFields.map(({ manager = '', operation = '', apiVersion = '', subresource = '' }) => [manager, operation, apiVersion, subresource].join(' ').trim()).sort()
      const noteIn = ({ metadata: { managedFields = [] } }: KubeObject): unknown[] => managedFields.filter(({ fieldsV1 }) => /"f:annotations":\{[^}]*(\{\},)*"f:note"/.test(JSON.stringify(fieldsV1))).map(({ manager }) => manager)
      const created = await s.ok('POST', `${s.path()}?fieldManager=maker`, { body: { ...s.body(), metadata: { ...s.body().metadata, ...noted('a').metadata } } }, 201)
      expect(record(created)).toEqual([`maker Update ${s.apiVersion}`])
      const path = s.path(s.name())
      const patched = await s.ok('PATCH', `${path}?fieldManager=editor`, { type: MERGE, body: noted('b') })
      expect([record(patched), noteIn(patched)]).toEqual([expect.arrayContaining([`maker Update ${s.apiVersion}`, `editor Update ${s.apiVersion}`]), ['editor']])
      expect(await s.ok('PATCH', `${path}?fieldManager=another`, { type: MERGE, body: noted('b') }), 'nothing changed').toEqual(patched)
      // Who knows nothing of records loses none.
      const blind = await s.ok('PUT', `${path}?fieldManager=editor`, { body: { ...patched, metadata: { ...patched.metadata, managedFields: undefined, ...noted('c').metadata } } })
      expect(record(blind)).toEqual(record(patched))
      if (s.kind.hasStatus === true) {
        const told = await s.ok('PATCH', `${s.path(s.name(), 'status')}?fieldManager=teller`, { type: MERGE, body: { status: s.example.status } })
        if (told.metadata.resourceVersion !== blind.metadata.resourceVersion) expect(record(told)).toContain(`teller Update ${s.apiVersion} status`)
      }
      const reset = await s.ok('PATCH', path, { type: MERGE, body: { metadata: { managedFields: [{}] } } })
      expect(record(reset)).toEqual([])
      await s.erase()
    },
  },
  {
    name: 'a dry run of each write answers as if, and changes nothing',
    async check(s) {
      const dry = (path: string): string => `${path}?dryRun=All`
      await s.ok('POST', dry(s.path()), { body: s.body() }, 201)
      await s.refused('GET', s.path(s.name()), {}, 404, 'NotFound')
      await s.ok('PATCH', `${dry(s.path(s.name()))}&fieldManager=m`, { type: APPLY, body: s.body() }, 201)
      const created = await s.create()
      const path = dry(s.path(s.name()))
      expect(noteOf(await s.ok('PUT', path, { body: { ...created, metadata: { ...created.metadata, ...noted('x').metadata } } }))).toBe('x')
      expect(noteOf(await s.ok('PATCH', path, { type: MERGE, body: noted('y') }))).toBe('y')
      expect(noteOf(await s.ok('PATCH', `${path}&fieldManager=m&force=true`, { type: APPLY, body: { ...s.body(), metadata: { name: s.name(), ...noted('z').metadata } } }))).toBe('z')
      if (s.kind.hasStatus === true) await s.ok('PATCH', dry(s.path(s.name(), 'status')), { type: MERGE, body: { status: s.example.status } })
      await s.ok('DELETE', path)
      await s.ok('DELETE', `${dry(s.path())}&labelSelector=rule=${s.word}`)
      expect(await s.read()).toEqual(created)
      await s.refused('POST', `${s.path()}?dryRun=Some`, { body: s.body('two') }, 400, 'BadRequest')
      await s.erase()
    },
  },
  {
    name: 'the status is written by its subresource, and by nothing else',
    about: (kind) => kind.hasStatus === true,
    async check(s) {
      const { status } = s.example
      if (status === undefined) throw new Error('the kind has a status: give its example one')
      const statusOf = (object: KubeObject): unknown => (object as KubeObject & { status?: unknown }).status
      const created = await s.create()
      const path = s.path(s.name(), 'status')
      const written = await s.ok('PUT', path, { body: { ...created, status, metadata: { ...created.metadata, ...noted('s').metadata } } })
      expect(statusOf(written)).toMatchObject(status)
      expect(await s.ok('GET', path)).toEqual(written)
      const main = await s.ok('PUT', s.path(s.name()), { body: { ...written, status: undefined } })
      expect(statusOf(main), 'the main resource does not write it').toEqual(statusOf(written))
      expect(await s.ok('PATCH', path, { type: MERGE, body: { status } })).toEqual(main)
      await s.refused('PUT', path, { body: created }, 409, 'Conflict')
      await s.refused('DELETE', path, {}, 405, 'MethodNotAllowed')
      await s.erase()
    },
  },
]
