import { afterEach, beforeEach, expect, test } from 'vitest'
import { DEFAULT_CLASS_ANNOTATION, INGRESS_CLASS_ANNOTATION } from '../../../common/kube/ingress.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import { IngressClasses, Ingresses } from '../../../common/kube/kinds.ts'
import { LocalClient } from '../../client/local-client.ts'
import { type TestApi, startTestApi } from '../testing/test-api.ts'
import { ingressKind } from './ingress.ts'

let clock: FakeClock
let t: TestApi
let client: LocalClient
beforeEach(async () => {
  clock = new FakeClock()
  t = await startTestApi(clock)
  client = new LocalClient(t.api, 'tester')
})
afterEach(() => t.close())

const spec = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } }
const draft = (name: string, more: object = {}, annotations: Record<string, string> = {}): never => ({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, namespace: 'default', annotations }, spec: { ...spec, ...more } }) as never
const makeClass = (name: string, isDefault: boolean): Promise<unknown> => client.create(IngressClasses, { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name, annotations: { [DEFAULT_CLASS_ANNOTATION]: String(isDefault) } }, spec: { controller: 'a.b/c' } })
const classOf = async (name: string): Promise<string | undefined> => (await client.get(Ingresses, 'default', name)).spec.ingressClassName

test('an Ingress that names no class gets the newest default one at its creation, and keeps it', async () => {
  await client.create(Ingresses, draft('before'))
  await makeClass('old', true)
  await clock.advance(60_000)
  await makeClass('new', true)
  await makeClass('other', false)
  await client.create(Ingresses, draft('none'))
  await client.create(Ingresses, draft('named', { ingressClassName: 'other' }))
  await client.create(Ingresses, draft('annotated', {}, { [INGRESS_CLASS_ANNOTATION]: 'other' }))
  expect(await Promise.all(['before', 'none', 'named', 'annotated'].map(classOf))).toEqual([undefined, 'new', 'other', undefined])
})

test('a class in both ways is refused at creation only', async () => {
  await expect(client.create(Ingresses, draft('both', { ingressClassName: 'a' }, { [INGRESS_CLASS_ANNOTATION]: 'a' }))).rejects.toThrow(`annotations.${INGRESS_CLASS_ANNOTATION}: Invalid value: "a": can not be set when the class field is also set`)
  const made = await client.create(Ingresses, draft('one', { ingressClassName: 'a' }))
  await client.update(Ingresses, { ...made, metadata: { ...made.metadata, annotations: { [INGRESS_CLASS_ANNOTATION]: 'a' } } })
})

test('status is written through its subresource only, and shown', async () => {
  const made = await client.create(Ingresses, draft('web', { rules: ['a', 'b', 'c', 'd'].map((host) => ({ host })), tls: [{}] }))
  expect(made.status).toEqual({ loadBalancer: {} })
  const served = await client.updateStatus(Ingresses, { ...made, status: { loadBalancer: { ingress: [{ ip: '192.168.100.101' }, { ip: '192.168.100.102' }] } } })
  expect(ingressKind.columns.slice(0, 5).map(({ cell }) => cell(served as never, clock.now()))).toEqual(['web', '<none>', 'a,b,c + 1 more...', '192.168.100.1...', '80, 443'])
})
