import { expect } from 'vitest'
import type { Ingress } from '../../../src-main/common/kube/generated/networking-v1.ts'
import { conformance } from '../framework/conformance.ts'
import { supportsOperations, unlessChanged } from './apis.ts'

const NETWORKING = 'networking.k8s.io/v1'
const DISCOVERY = 'discovery.k8s.io/v1'

conformance('[sig-network] EndpointSlice should support creating EndpointSlice API operations', (f) => supportsOperations(f, {
  groupVersion: DISCOVERY, resource: 'endpointslices', path: f.group(DISCOVERY, 'endpointslices'), everywhere: `/apis/${DISCOVERY}/endpointslices`,
  draft: (labels) => ({
    apiVersion: DISCOVERY, kind: 'EndpointSlice', metadata: { generateName: 'e2e-example-ing', labels }, addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4', '5.6.7.8'] }, { addresses: ['2.2.3.4', '6.6.7.8'] }],
  }),
}))

conformance('[sig-network] IngressClass API should support creating IngressClass API operations', async (f) => {
  const name = f.unique('ingressclass')
  for (const n of [1, 2, 3]) f.after(() => f.client.delete(`/apis/${NETWORKING}/ingressclasses/${name}-${String(n)}`))
  await supportsOperations(f, {
    groupVersion: NETWORKING, resource: 'ingressclasses', path: `/apis/${NETWORKING}/ingressclasses`,
    draft: (labels, n) => ({ apiVersion: NETWORKING, kind: 'IngressClass', metadata: { name: `${name}-${String(n)}`, labels }, spec: { controller: 'example.com/controller' } }),
  })
})

conformance('[sig-network] Ingress API should support creating Ingress API operations', (f) => {
  const backend = (name: string): object => ({ service: { name, port: { number: 8080 } } })
  return supportsOperations(f, {
    groupVersion: NETWORKING, resource: 'ingresses', path: f.group(NETWORKING, 'ingresses'), everywhere: `/apis/${NETWORKING}/ingresses`,
    draft: (labels) => ({
      apiVersion: NETWORKING, kind: 'Ingress', metadata: { generateName: 'e2e-example-ing', labels },
      spec: { defaultBackend: backend('default-backend'), rules: [{ host: 'foo.bar.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend('test-backend') }] } }] },
      status: { loadBalancer: {} },
    }),
  }, async ({ metadata: { name, uid } }) => {
    const path = f.group(NETWORKING, 'ingresses', `${name}/status`)
    const loadBalancer = { ingress: [{ ip: '169.1.1.1' }] }
    const patched = await f.client.patch<Ingress>(path, 'merge', { metadata: { annotations: { patchedstatus: 'true' } }, status: { loadBalancer } })
    expect(patched.status?.loadBalancer).toEqual(loadBalancer)
    expect(patched.metadata.annotations).toMatchObject({ patchedstatus: 'true' })
    const other = { ingress: [{ hostname: 'foo.example.com' }] }
    const updated = await unlessChanged(async () => f.client.replace<Ingress>(path, { ...await f.client.get<Ingress>(f.group(NETWORKING, 'ingresses', name)), status: { loadBalancer: other } }))
    expect(updated.status?.loadBalancer).toEqual(other)
    expect((await f.client.get<Ingress>(path)).metadata.uid).toBe(uid)
  })
})
