import { expect } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { asker, changeService, createService, reachable, sanityOf, servers, within } from './servers.ts'

const HTTP = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 9376 }]
/** Many questions one after the other, each by a program of its own. */
const LIMIT_MS = 300_000

/** Waits until a Service's whole name has an address. */
async function resolves(f: Framework, from: string, name: string): Promise<void> {
  await eventually(`an address of ${name}`, async () => /^Address: /m.test(await within(f, from, `nslookup -type=a ${name}.${f.namespace}.svc.cluster.local | sed 1,2d`).catch(() => '')))
}

/** A Service that only has another's name becomes one with an address, and pods. */
async function fromExternalName(f: Framework, type: 'ClusterIP' | 'NodePort'): Promise<void> {
  const name = 'externalname-service'
  const before = await createService(f, name, { type: 'ExternalName', externalName: 'foo.example.com', selector: { name } })
  expect(sanityOf(before)).toEqual({ type: 'ExternalName', externalName: true, clusterIP: false, nodePorts: [] })
  const after = await changeService(f, name, (spec) => {
    spec.type = type
    spec.externalName = ''
    spec.ports = HTTP
  })
  expect(sanityOf(after)).toEqual({ type, externalName: false, clusterIP: true, nodePorts: [type === 'NodePort'] })
  const pods = await servers(f, name, 2, 9376)
  await reachable(f, await asker(f, 'execpod'), name, pods.map(({ metadata }) => metadata.name))
}

/** A Service with an address becomes another name of an active one. */
async function toExternalName(f: Framework, type: 'ClusterIP' | 'NodePort'): Promise<void> {
  const name = `${type.toLowerCase()}-service`
  const before = await createService(f, name, { type, selector: { name }, ports: [{ name: 'http', port: 80 }] })
  expect(sanityOf(before)).toEqual({ type, externalName: false, clusterIP: true, nodePorts: [type === 'NodePort'] })
  await createService(f, 'externalsvc', { selector: { name: 'externalsvc' }, ports: [{ port: 80, targetPort: 9376 }] })
  await servers(f, 'externalsvc', 2, 9376)
  const after = await changeService(f, name, (spec) => {
    spec.type = 'ExternalName'
    spec.externalName = `externalsvc.${f.namespace}.svc.cluster.local`
  })
  expect(sanityOf(after)).toEqual({ type: 'ExternalName', externalName: true, clusterIP: false, nodePorts: [false] })
  await resolves(f, await asker(f, 'execpod'), name)
}

conformance('[sig-network] Services should be able to change the type from ExternalName to ClusterIP', (f) => fromExternalName(f, 'ClusterIP'), LIMIT_MS)
conformance('[sig-network] Services should be able to change the type from ExternalName to NodePort', (f) => fromExternalName(f, 'NodePort'), LIMIT_MS)
conformance('[sig-network] Services should be able to change the type from ClusterIP to ExternalName', (f) => toExternalName(f, 'ClusterIP'), LIMIT_MS)
conformance('[sig-network] Services should be able to change the type from NodePort to ExternalName', (f) => toExternalName(f, 'NodePort'), LIMIT_MS)

conformance('[sig-network] Services should be able to create a functioning NodePort service', async (f) => {
  const name = 'nodeport-test'
  const made = await createService(f, name, { type: 'NodePort', selector: { name }, ports: HTTP })
  expect(sanityOf(made)).toEqual({ type: 'NodePort', externalName: false, clusterIP: true, nodePorts: [true] })
  const pods = await servers(f, name, 2, 9376)
  await reachable(f, await asker(f, 'execpod'), name, pods.map(({ metadata }) => metadata.name))
})
