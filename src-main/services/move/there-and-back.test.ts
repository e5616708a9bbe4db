import { describe, expect, test } from 'vitest'
import type { ComposeModel } from '../../common/compose/forms/file.ts'
import { readCompose } from '../../common/compose/read.ts'
import type { PersistentVolume, Service } from '../../common/kube/generated/core-v1.ts'
import { dockerVolumeOf } from '../../common/kube/volumes.ts'
import type { Manifest } from '../../convert/to-kubernetes/convert.ts'
import { stackOf } from '../../swarm/stack/stack-of.ts'
import { freedWorkload } from './hold.ts'
import type { Workload } from './hold.ts'
import type { SharedServer } from './parts-of-app.ts'
import { published } from './publish.ts'
import { stackToCluster } from './to-kubernetes.ts'
import type { RunningStack, ToCluster } from './to-kubernetes.ts'
import { appToStack } from './to-swarm.ts'

const SERVERS: SharedServer[] = ['a', 'b'].map((node, i) => ({ node, hostname: `host-${node}`, addresses: [`192.0.2.${String(i + 1)}`], swarm: { id: `id-${node}`, hostname: node.toUpperCase() } }))

const SHOP = `services:
  web: {image: "shop/web:1", ports: [{target: 8080, published: 8080, mode: host}, {target: 8443, published: 30443}], deploy: {replicas: 2}}
  db: {image: postgres, volumes: ["data:/var/lib/postgresql/data"], secrets: [password], ports: [{target: 5432, published: 5432, mode: host}], stop_grace_period: 30s, deploy: {endpoint_mode: dnsrr, placement: {constraints: ["node.hostname==A"]}}}
  migrate: {image: shop/migrate, deploy: {mode: replicated-job}}
volumes: {data: {}}
secrets: {password: {external: true, name: shop_password}}
`

function modelOf(text: string): ComposeModel {
  const { model, problems } = readCompose(text)
  if (model === undefined) throw new Error(JSON.stringify(problems))
  return model
}
function running(text: string, nodes: Record<string, string[]>, more: Partial<RunningStack> = {}): RunningStack {
  return { stack: 'shop', model: modelOf(text), nodes, images: {}, servers: SERVERS, bytes: new Map(), ...more }
}
const shop = (more: Partial<RunningStack> = {}): ToCluster => stackToCluster(running(SHOP, { web: ['a', 'b'], db: ['a'] }, more), 'shop')
const find = (objects: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name)
  if (found === undefined) throw new Error(`no ${kind} ${name} in ${objects.map((object) => `${object.kind}/${object.metadata.name ?? ''}`).join(', ')}`)
  return found
}
const errors = ({ problems }: { problems: { severity: string; message: string }[] }): string[] => problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)

describe('a stack becomes objects', () => {
  test('that are at rest, and reached by nobody', () => {
    const { objects, parts, workloads, problems, stopSeconds } = shop()
    expect(parts).toEqual({ stateless: ['web'], data: ['db'] })
    expect(workloads).toEqual({ web: { kind: 'Deployment', name: 'web' }, db: { kind: 'StatefulSet', name: 'db' } })
    for (const name of ['web', 'db']) expect(((objects.find(({ kind, metadata }) => ['Deployment', 'StatefulSet'].includes(kind) && metadata.name === name)) as Workload).spec?.replicas).toBe(0)
    for (const { spec } of objects.filter(({ kind }) => kind === 'Service') as unknown as Service[]) expect([spec.type ?? 'ClusterIP', spec.externalIPs]).toEqual(['ClusterIP', undefined])
    expect(problems).toEqual([{ severity: 'warning', message: expect.stringContaining('The job migrate stays behind') as string }])
    expect(stopSeconds).toBe(30)
  })

  test('with a claim of the very volume that the task has, which outlives it', () => {
    const { objects, volumes } = shop({ bytes: new Map([['a/shop_data', 42]]) })
    const claim = find(objects, 'PersistentVolumeClaim', 'data-db-0') as unknown as { spec: { volumeName: string } }
    const volume = find(objects, 'PersistentVolume', claim.spec.volumeName) as unknown as PersistentVolume
    expect(dockerVolumeOf(volume)).toEqual({ node: 'a', name: 'shop_data' })
    expect([volume.spec.persistentVolumeReclaimPolicy, volume.spec.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values]).toEqual(['Retain', ['host-a']])
    expect(volumes).toEqual([expect.objectContaining({ name: 'shop_data', server: 'a', part: 'db', bytes: 42 })])
  })

  test('a volume that somebody else made is taken as well, and each replica has its own', () => {
    const { objects } = stackToCluster(running('services: {db: {image: x, volumes: ["theirs:/data"], deploy: {replicas: 2}}}\nvolumes: {theirs: {external: true, name: old_one}}', { db: ['b', 'a'] }), 'shop')
    const handles = ['theirs-db-0', 'theirs-db-1'].map((name) => {
      const { spec } = find(objects, 'PersistentVolumeClaim', name) as unknown as { spec: { volumeName: string } }
      return (find(objects, 'PersistentVolume', spec.volumeName) as unknown as PersistentVolume).spec.csi?.volumeHandle
    })
    expect(handles).toEqual(['b/old_one', 'a/old_one'])
    expect(objects.filter(({ kind }) => kind === 'PersistentVolumeClaim')).toHaveLength(2)
  })

  test('published by the servers\' own addresses, once they are', () => {
    const { objects } = shop()
    const service = published(find(objects, 'Service', 'web-published') as unknown as Service)
    expect(service.spec).toMatchObject({ type: 'ClusterIP', externalIPs: ['192.0.2.1', '192.0.2.2'], ports: [{ port: 8080, targetPort: 8080 }] })
    expect(published(find(objects, 'Service', 'web-nodeport') as unknown as Service).spec).toMatchObject({ type: 'NodePort', ports: [{ nodePort: 30443 }] })
  })

  test('with the image that runs, and a secret that is read where it is', () => {
    const { objects, secrets, report } = shop({ images: { db: 'postgres:latest@sha256:abc' } })
    expect((find(objects, 'StatefulSet', 'db') as Workload).spec?.template?.spec?.containers[0]?.image).toBe('postgres:latest@sha256:abc')
    expect(secrets).toEqual([{ name: 'password', key: 'password', service: 'db', path: '/run/secrets/password' }])
    for (const field of ['services.db.image', 'services.web.ports[0].mode', 'services.db.deploy.placement.constraints[0]', 'secrets.password.external']) {
      expect(report.find((line) => line.field === field)).toMatchObject({ verdict: 'changed', message: expect.stringMatching(/\.$/) as string })
    }
  })

  test.each<[string, string, Record<string, string[]>, RegExp]>([
    ['no task runs', SHOP, { web: ['a'] }, /No task of db runs/],
    ['its server is not in the cluster', SHOP, { web: ['a'], db: [''] }, /A task of db runs on a server that is not in the cluster/],
    ['one volume for several tasks', SHOP.replace('stop_grace_period: 30s, deploy: {', 'deploy: {replicas: 2, '), { web: ['a'], db: ['a', 'a'] }, /Several tasks of db share the volume shop_data/],
    ['a global service with data', 'services: {log: {image: x, volumes: ["data:/data"], deploy: {mode: global}}}\nvolumes: {data: }', { log: ['a', 'b'] }, /log has one task on each server/],
    ['a shared volume on two servers', 'services: {x: {image: x, volumes: ["data:/data"]}, y: {image: y, volumes: ["data:/data"]}}\nvolumes: {data: }', { x: ['a'], y: ['b'] }, /The volume shop_data is on several servers \(a, b\)/],
    ['nothing but jobs', 'services: {once: {image: x, deploy: {mode: replicated-job}}}', {}, /has no services to move/],
  ])('%s: that stands in the way', (_, text, nodes, message) => expect(errors(stackToCluster(running(text, nodes), 'shop'))).toEqual([expect.stringMatching(message)]))

  test('servers that are asked for by what they are in the swarm are the same in the cluster', () => {
    const { objects } = stackToCluster(running('services: {web: {image: x, deploy: {placement: {constraints: ["node.hostname == B", "node.role == worker"]}}}}', { web: ['b'] }), 'shop')
    const terms = (find(objects, 'Deployment', 'web') as Workload).spec?.template?.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
    expect(terms).toEqual([{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['host-b'] }] }])
  })
})

describe('and back', () => {
  const started = (objects: readonly Manifest[]): Manifest[] => objects.filter(({ kind }) => !kind.startsWith('Persistent') && kind !== 'Namespace')
    .map((object) => (object.kind === 'Service' ? published(object as unknown as Service) as unknown as Manifest : freedWorkload(object as Workload) as Manifest))
  const claims = new Map([['data-db-0', { node: 'a', volume: 'shop_data' }]])

  test('it is the same stack: its ports, its volume, its number', () => {
    const { model, parts, problems, volumes } = appToStack({ namespace: 'shop', objects: started(shop().objects), claims, servers: SERVERS, bytes: new Map() }, 'shop')
    expect(problems).toEqual([])
    expect(parts).toEqual({ stateless: ['web'], data: ['db'] })
    expect(model.services['web']).toMatchObject({ ports: expect.arrayContaining([expect.objectContaining({ target: 8080, published: 8080, mode: 'host' }), expect.objectContaining({ published: 30443, mode: 'ingress' })]) as unknown, deploy: { replicas: 2 } })
    expect(model.services['db']).toMatchObject({ volumes: [{ type: 'volume', source: 'data', target: '/var/lib/postgresql/data' }], deploy: { placement: { constraints: ['node.id==id-a'] } } })
    expect(model.volumes).toEqual({ data: {} })
    expect(volumes).toEqual([expect.objectContaining({ name: 'shop_data', server: 'a', part: 'db' })])
    // The swarm takes it as it is.
    const { problems: refused } = stackOf(model, 'shop', { files: { './secrets/password': 'x' } })
    expect(refused.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  test('a headless app that every server publishes gets an address of its own', () => {
    const objects = [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'x' }] } } } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ port: 80 }] } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web-nodeport' }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, nodePort: 30080 }] } },
    ] as object[] as Manifest[]
    const { model } = appToStack({ namespace: 'shop', objects, claims: new Map(), servers: SERVERS, bytes: new Map() }, 'shop')
    expect(model.services['web']?.ports).toEqual([expect.objectContaining({ published: 30080, mode: 'ingress' })])
    expect(stackOf(model, 'shop').problems).toEqual([])
  })

  test('a volume that the engine made is somebody else\'s to the stack, by its own name', () => {
    const { model } = appToStack({ namespace: 'shop', objects: started(shop().objects), claims: new Map([['data-db-0', { node: 'a', volume: 'toque_pvc-1' }]]), servers: SERVERS, bytes: new Map() }, 'shop')
    expect(model.volumes).toEqual({ 'toque_pvc-1': { external: true, name: 'toque_pvc-1' } })
  })

  test.each<[string, Partial<Parameters<typeof appToStack>[0]>, RegExp]>([
    ['data that is no Docker volume', { claims: new Map() }, /no Docker volume on a server/],
    ['data on a server outside the swarm', { servers: SERVERS.map((server) => ({ ...server, swarm: undefined })) }, /which is not in the swarm: let it join first/],
    ['nothing there', { objects: [] }, /There is nothing in the namespace shop/],
  ])('%s stands in the way', (_, change, message) => expect(errors(appToStack({ namespace: 'shop', objects: started(shop().objects), claims, servers: SERVERS, bytes: new Map(), ...change }, 'shop'))).toEqual([expect.stringMatching(message)]))

  test('what Swarm refuses is left out, and told', () => {
    const objects = started(shop().objects).map((object) => {
      const copy = structuredClone(object) as Workload
      const container = copy.kind === 'Deployment' ? copy.spec?.template?.spec?.containers[0] : undefined
      if (container !== undefined) container.imagePullPolicy = 'Always'
      return copy as Manifest
    })
    const { model, report } = appToStack({ namespace: 'shop', objects, claims, servers: SERVERS, bytes: new Map() }, 'shop')
    expect(model.services['web']).not.toHaveProperty('pull_policy')
    expect(report).toContainEqual(expect.objectContaining({ field: 'services.web.pull_policy', verdict: 'lost' }))
  })

  test('a pod that holds a port of its server is stopped before the task that wants it starts', () => {
    const objects = [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }] } } } }] as object[] as Manifest[]
    expect(appToStack({ namespace: 'shop', objects, claims: new Map(), servers: SERVERS, bytes: new Map() }, 'shop').parts).toEqual({ stateless: [], data: ['web'] })
  })
})
