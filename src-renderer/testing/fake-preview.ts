import type { Action, ObjectRef, Plan } from '../../src-main/common/contract/index.ts'
import type { FakeApp, FakeWorld } from './fake-world.ts'
import { deploymentOf, stringify } from './fake-yaml.ts'

/** What an action would do to the fake's objects; `find` looks an app up. */
export function fakePreview(world: FakeWorld, action: Action, find: (ref: ObjectRef) => FakeApp): Plan {
  if (action.type === 'remove') {
    const app = world.app(action.ref.name)
    const owned = app === undefined ? [] : world.podsOf(app).map((p) => p.ref)
    const rs = app === undefined ? [] : [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: action.ref.namespace, name: `${action.ref.name}-7d5b9c1f` }]
    return { changes: [action.ref, ...rs, ...owned].map((ref) => ({ ref, action: 'delete', before: '', after: '' })), problems: [] }
  }
  if (action.type === 'run') {
    const job = { apiVersion: 'batch/v1', kind: 'Job', namespace: action.ref.namespace, name: `${action.ref.name}-x2k9f` }
    return { changes: [{ ref: job, action: 'create', before: '', after: stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: `${action.ref.name}-`, namespace: job.namespace }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.local/reports:3.1' }] } } } }) }], problems: [] }
  }
  if (action.type === 'steer') {
    const text = (order: string): string => stringify({ apiVersion: 'toque.dev/v1', kind: 'Rollout', metadata: { name: action.release.name, annotations: { 'toque.dev/order': order } } })
    return { changes: [{ ref: action.release, action: 'update', before: text('promote'), after: text(action.order) }], problems: [] }
  }
  const app = find(action.app)
  const image = action.type === 'setImage' ? action.image : (app.revisions.find((r) => r.revision === action.revision)?.images[0] ?? '')
  if (!/^[a-z0-9][\w./:@-]*$/.test(image)) return { changes: [], problems: [{ severity: 'error', message: `"${image}" is not an image name. It should look like nginx or registry.example.com/team/app:1.2.` }] }
  const after = { ...app, containers: app.containers.map((c, i) => (i === 0 ? { ...c, image } : c)) }
  return { changes: [{ ref: app.ref, action: 'update', before: stringify(deploymentOf(app)), after: stringify(deploymentOf(after)) }], problems: [] }
}
