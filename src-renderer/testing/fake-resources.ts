import type { Batch, KindRef, ManifestField, ObjectRef, ObjectView, ResourceColumn, ResourceKind, ResourceRow, Resources } from '../../src-main/common/contract/index.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { badRequest, notFound } from '../../src-main/common/errors.ts'
import { Signal, batches, values } from './fake-streams.ts'

const columns = (...names: string[]): ResourceColumn[] => names.map((name) => ({ name: name.replace('*', ''), type: name === 'Data' ? 'integer' : 'string', wide: name.startsWith('*'), description: '' }))

const KINDS: Omit<ResourceKind, 'count' | 'id'>[] = [
  { apiVersion: 'apps/v1', group: 'apps', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true, shortNames: ['sts'], columns: columns('Name', 'Ready', 'Age', '*Containers', '*Images') },
  { apiVersion: 'batch/v1', group: 'batch', kind: 'CronJob', plural: 'cronjobs', namespaced: true, shortNames: ['cj'], columns: columns('Name', 'Schedule', 'Suspend', 'Active', 'Last Schedule', 'Age') },
  { apiVersion: 'v1', group: '', kind: 'ConfigMap', plural: 'configmaps', namespaced: true, shortNames: ['cm'], columns: columns('Name', 'Data', 'Age') },
  { apiVersion: 'v1', group: '', kind: 'Secret', plural: 'secrets', namespaced: true, shortNames: [], columns: columns('Name', 'Type', 'Data', 'Age') },
  { apiVersion: 'example.com/v1', group: 'example.com', kind: 'Recipe', plural: 'recipes', namespaced: true, shortNames: [], columns: columns('Name', 'Age') },
]

const field = (name: string, type: ManifestField['type'], description: string, isRequired = false): ManifestField => ({ name, type, description, isRequired, values: [] })

/** By kind and path; '.': of every kind. */
const FIELDS: Record<string, ManifestField[]> = {
  '.': [field('apiVersion', 'string', 'The group and version of the kind.'), field('kind', 'string', 'What this is.'), field('metadata', 'object', 'Standard object metadata.'), field('spec', 'object', 'The desired behavior.')],
  'StatefulSet.spec': [
    field('selector', 'object', 'A label query over pods that should match the replica count.', true), field('template', 'object', 'The object that describes the pod that will be created.', true),
    field('replicas', 'integer', 'The desired number of replicas of the given template.'), field('podManagementPolicy', 'string', 'How pods are created during initial scale up, when replacing pods on nodes, or when scaling down.'),
    field('serviceName', 'string', 'The name of the service that governs this StatefulSet.'),
  ],
}

/** Objects of any kind in memory. What is done to them is in `done`. */
export class FakeResources implements Resources {
  readonly done: string[] = []
  rows: ResourceRow[] = []
  readonly #signal = new Signal()
  readonly #through: <T>(open: () => Stream<T>) => Stream<T>

  constructor(through: <T>(open: () => Stream<T>) => Stream<T>, big: boolean) {
    this.#through = through
    const at = Date.now()
    const add = (kind: string, namespace: string, name: string, cells: ResourceRow['cells'], health?: ResourceRow['health']): void => {
      const { apiVersion } = KINDS.find((k) => k.kind === kind) ?? { apiVersion: 'v1' }
      this.rows.push({ id: `${kind}/${namespace}/${name}`, ref: { apiVersion, kind, namespace, name }, cells: [name, ...cells], createdAt: at - this.rows.length * 3_700_000, ...(health === undefined ? {} : { health }) })
    }
    add('StatefulSet', 'data', 'orders-db', ['1/1', '3d', 'postgres', 'postgres:16.4'], 'healthy')
    add('StatefulSet', 'data', 'queue', ['1/3', '3d', 'rabbitmq', 'rabbitmq:4'], 'progressing')
    add('CronJob', 'default', 'nightly-report', ['0 3 * * *', false, 0, '8h', '20d'])
    for (let i = 0; i < (big ? 5000 : 12); i++) add('ConfigMap', i % 3 === 0 ? 'data' : 'default', `settings-${String(i)}`, [i % 7, '1d'])
  }

  kinds = (): Promise<KindRef[]> => Promise.resolve(KINDS.map(({ apiVersion, kind }) => ({ apiVersion, kind })))

  fields = (of: KindRef, path: readonly (string | number)[]): Promise<ManifestField[]> => Promise.resolve(FIELDS[`${of.kind}.${path.filter((step) => step !== 0).join('.')}`] ?? (path.length === 0 ? (FIELDS['.'] ?? []) : []))

  watchKinds({ namespace }: { namespace: string }): Stream<Batch<ResourceKind>> {
    return this.#through(() => batches(this.#signal, () => KINDS.map((kind) => ({ ...kind, id: kind.plural, count: this.rows.filter((r) => r.ref.kind === kind.kind && (namespace === '' || r.ref.namespace === namespace)).length }))))
  }

  watchTable({ of, namespace }: { of: KindRef; namespace: string }): Stream<Batch<ResourceRow>> {
    return this.#through(() => batches(this.#signal, () => this.rows.filter((r) => r.ref.kind === of.kind && (namespace === '' || r.ref.namespace === namespace))))
  }

  watchObject(ref: ObjectRef): Stream<ObjectView> {
    return this.#through(() => values(this.#signal, (): ObjectView => {
      const row = this.#find(ref)
      const kind = KINDS.find((k) => k.kind === ref.kind)
      return {
        ref: row.ref, ...(row.health === undefined ? {} : { health: row.health }), facts: (kind?.columns ?? []).map(({ name }, i) => ({ name, value: row.cells[i] ?? null })).filter((f) => f.name !== 'Name' && f.name !== 'Age'),
        conditions: [], labels: { app: ref.name }, annotations: {}, createdAt: row.createdAt, relatedLeft: 0,
        related: ref.kind === 'StatefulSet' ? [{ how: 'owned', ref: { apiVersion: 'v1', kind: 'Pod', namespace: ref.namespace, name: `${ref.name}-0` }, health: 'healthy', state: 'Running' }] : [],
        abilities: ref.kind === 'StatefulSet' ? ['scale', 'restart'] : ref.kind === 'CronJob' ? ['suspend', 'run'] : [], replicas: 1, suspended: row.cells[2] === true,
      }
    }))
  }

  scale = (ref: ObjectRef, replicas: number): Promise<void> => this.#do(ref, `scale ${String(replicas)}`)
  restart = (ref: ObjectRef): Promise<void> => this.#do(ref, 'restart')
  pause = (ref: ObjectRef, paused: boolean): Promise<void> => this.#do(ref, `pause ${String(paused)}`)
  suspend = (ref: ObjectRef, suspended: boolean): Promise<void> => this.#do(ref, `suspend ${String(suspended)}`)

  async runNow(ref: ObjectRef): Promise<ObjectRef> {
    if (ref.kind !== 'CronJob') throw badRequest(`A ${ref.kind} cannot be run by hand: only a Job and a CronJob can.`)
    await this.#do(ref, 'run')
    return { apiVersion: 'batch/v1', kind: 'Job', namespace: ref.namespace, name: `${ref.name}-x2k9f` }
  }

  async #do(ref: ObjectRef, what: string): Promise<void> {
    await Promise.resolve()
    this.#find(ref)
    this.done.push(`${what} ${ref.name}`)
    this.#signal.fire()
  }

  #find(ref: ObjectRef): ResourceRow {
    const row = this.rows.find((r) => r.ref.kind === ref.kind && r.ref.name === ref.name && r.ref.namespace === ref.namespace)
    if (row === undefined) throw notFound(ref.kind, ref.name)
    return row
  }
}
