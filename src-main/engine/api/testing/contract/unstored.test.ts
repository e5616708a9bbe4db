import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groupResourceOf, pathOf } from '../../../../common/kube/resource.ts'
import type { Store } from '../../../store/store.ts'
import { builtinKinds } from '../../registry/builtin.ts'
import { Registry } from '../../registry/registry.ts'
import type { Json } from './http.ts'
import { Wire } from './http.ts'

// Kinds that are stored nowhere: questions, which are asked by creating them, and what is made for each answer.

let wire: Wire
beforeAll(async () => { wire = await Wire.start() })
afterAll(() => wire.stop())

const served = new Registry(builtinKinds({ revision: 1 } as Store)).served()
const node = { apiVersion: 'v1', kind: 'Node', name: 'n' }

/** A question and what its answer says. */
const QUESTIONS: Readonly<Record<string, readonly [question: Json, answer: Json]>> = {
  'selfsubjectaccessreviews.authorization.k8s.io': [{ spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } }, { status: { allowed: true } }],
  'subjectaccessreviews.authorization.k8s.io': [{ spec: { user: 'nobody', resourceAttributes: { verb: 'get', resource: 'pods' } } }, { status: { allowed: false } }],
  'localsubjectaccessreviews.authorization.k8s.io': [{ metadata: { namespace: 'default' }, spec: { user: 'nobody', resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } } }, { status: { allowed: false } }],
  'selfsubjectrulesreviews.authorization.k8s.io': [{ spec: { namespace: 'default' } }, { status: { incomplete: false } }],
  'selfsubjectreviews.authentication.k8s.io': [{}, { status: { userInfo: { username: 'kubernetes-admin' } } }],
  'tokenreviews.authentication.k8s.io': [{ spec: { token: 'none' } }, { status: { authenticated: false } }],
  'bindings': [{ metadata: { name: 'bound' }, target: node }, { kind: 'Status', status: 'Success', code: 201 }],
}

describe.each(served.filter((kind) => kind.answer !== undefined).map((kind) => [groupResourceOf(kind.resource), kind] as const))('%s', (title, { resource }) => {
  test('is answered where it is asked, and is nowhere else', async () => {
    const [question, says] = QUESTIONS[title] ?? []
    if (title === 'bindings') await wire.ask('POST', '/api/v1/namespaces/default/pods', { body: { metadata: { name: 'bound' }, spec: { containers: [{ name: 'c', image: 'i' }] } } })
    const path = pathOf(resource, 'default')
    const answer = await wire.ask('POST', path, { body: question })
    expect([answer.code, answer.json]).toMatchObject([201, says])
    expect((await wire.ask('POST', path, { body: { ...question, kind: 'Other' } })).code).toBe(400)
    for (const [method, at] of [['GET', path], ['GET', `${path}/x`], ['DELETE', `${path}/x`], ['PUT', `${path}/x`]] as const) expect((await wire.ask(method, at, method === 'PUT' ? { body: {} } : {})).code, `${method} ${at}`).toBe(405)
    if (title === 'bindings') expect((await wire.ask('GET', '/api/v1/namespaces/default/pods/bound')).json).toMatchObject({ spec: { nodeName: 'n' } })
  })
})

test('a component is told of, with a warning that the kind is old; it cannot be written', async () => {
  const path = '/api/v1/componentstatuses'
  const list = await wire.ask('GET', path)
  expect([list.headers['warning'], list.json]).toMatchObject(['299 - "v1 ComponentStatus is deprecated in v1.19+"', { kind: 'ComponentStatusList', items: [{ metadata: { name: 'etcd-0' }, conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] }] }])
  expect((await wire.ask('GET', `${path}/etcd-0`)).json).toMatchObject({ kind: 'ComponentStatus' })
  expect((await wire.ask('GET', `${path}/other`)).code).toBe(404)
  expect((await wire.ask('POST', path, { body: { metadata: { name: 'x' } } })).code).toBe(405)
  expect((await wire.ask('GET', path, { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' })).json).toMatchObject({ rows: [{ cells: ['etcd-0', 'Healthy', 'ok', ''] }] })
})

test('each group and version that is served has an APIService that is available, and cannot be found wanting', async () => {
  const { items } = (await wire.ask('GET', '/apis/apiregistration.k8s.io/v1/apiservices')).json as { items: { metadata: { name: string }; status: object }[] }
  expect(items.map(({ metadata }) => metadata.name).sort()).toEqual([...new Set(wire.api.registry.served().map(({ resource: { group, version } }) => `${version}.${group}`))].sort())
  for (const { status } of items) expect(status).toMatchObject({ conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] })
})

test('the mandatory flows and levels are there, and stay as they are', async () => {
  const flow = '/apis/flowcontrol.apiserver.k8s.io/v1'
  for (const plural of ['flowschemas', 'prioritylevelconfigurations']) {
    const { items } = (await wire.ask('GET', `${flow}/${plural}`)).json as { items: { metadata: { name: string } }[] }
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['catch-all', 'exempt'])
  }
  const patch = (path: string, spec: object): Promise<{ code: number; json: Json }> => wire.ask('PATCH', `${flow}/${path}`, { type: 'application/merge-patch+json', body: { spec } })
  expect((await patch('flowschemas/catch-all', { matchingPrecedence: 9999 })).json['message']).toMatch(/spec of 'catch-all' must equal the fixed value/)
  expect((await patch('prioritylevelconfigurations/catch-all', { limited: { nominalConcurrencyShares: 9 } })).code).toBe(422)
  expect((await patch('prioritylevelconfigurations/exempt', { exempt: { lendablePercent: 9 } })).code).toBe(200)
})
