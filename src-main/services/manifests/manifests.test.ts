import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StatusError } from '../../common/errors.ts'
import { CronTabs, cronTab, cronTabDefinition } from '../../engine/api/custom/testing/crontab.ts'
import { AS_TESTER, startTestApi } from '../../engine/api/testing/test-api.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { LocalManifests } from '../../engine/client/local-manifests.ts'
import { applyText } from './apply.ts'
import type { ManifestApi } from './manifest-api.ts'
import { planText } from './planner.ts'
import { toYaml } from './text.ts'

const SAMPLE = readFileSync(join(import.meta.dirname, '../../../resources/samples/my-website.yaml'), 'utf8')
let running: TestApi
let api: ManifestApi
beforeEach(async () => {
  running = await startTestApi()
  api = new LocalManifests(running.api, AS_TESTER)
})
afterEach(() => running.close())

const DEPLOYMENTS = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true } as const
const CONFIG_MAPS = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true } as const
const configMap = (name: string, data: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data:\n  key: ${data}\n`

describe('the sample', () => {
  test('plans as one creation, applies, and is then unchanged', async () => {
    expect((await planText(api, SAMPLE)).plan).toMatchObject({ problems: [], changes: [{ action: 'create', before: '', ref: { kind: 'Deployment', namespace: 'default', name: 'my-website-deployment' } }] })
    expect(await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')).toBeUndefined()
    expect((await applyText(api, SAMPLE)).problems).toEqual([])
    expect(await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')).toMatchObject({ spec: { replicas: 3 } })
    expect((await planText(api, SAMPLE)).plan.changes).toMatchObject([{ action: 'unchanged' }])
  })

  test('a status that is written in between is no conflict of a person; a change of the spec is', async () => {
    await applyText(api, SAMPLE)
    const between = (change: (d: { spec: { replicas: number }; status?: object }) => void, part: 'main' | 'status', during: 'plan' | 'write' = 'write'): ManifestApi => {
      let done = false
      return new Proxy(api, { get: (target, name: keyof ManifestApi) => (name !== 'update' ? (target[name] as (...args: never[]) => unknown).bind(target) : async (...args: Parameters<ManifestApi['update']>) => {
        if (args[4] === (during === 'plan') && !done) {
          done = true
          const live = structuredClone(running.api.get(DEPLOYMENTS, 'default', 'my-website-deployment')) as never
          change(live)
          await (part === 'status' ? running.api.updateStatus(DEPLOYMENTS, 'default', 'my-website-deployment', live, AS_TESTER) : running.api.update(DEPLOYMENTS, 'default', 'my-website-deployment', live, AS_TESTER))
        }
        return target.update(...args)
      }) })
    }
    const five = SAMPLE.replace('replicas: 3', 'replicas: 5')
    expect((await applyText(between((d) => { d.status = { replicas: 1 } }, 'status'), five)).problems).toEqual([])
    expect(await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')).toMatchObject({ spec: { replicas: 5 }, status: { replicas: 1 } })
    const six = SAMPLE.replace('replicas: 3', 'replicas: 6')
    expect((await applyText(between((d) => { d.status = { replicas: 4 } }, 'status', 'plan'), six)).problems).toEqual([])
    expect(await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')).toMatchObject({ spec: { replicas: 6 }, status: { replicas: 4 } })
    const seven = SAMPLE.replace('replicas: 3', 'replicas: 7')
    expect((await applyText(between((d) => { d.spec.replicas = 2 }, 'main'), seven)).problems[0]?.message).toMatch(/has been modified[\s\S]*Nothing was changed/)
    expect(await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')).toMatchObject({ spec: { replicas: 2 } })
  })

  test('a changed line is the diff; what another wrote stays; what is left out goes', async () => {
    await applyText(api, SAMPLE)
    const live = structuredClone(await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')) as unknown as { metadata: { labels?: Record<string, string> } }
    live.metadata.labels = { team: 'web' }
    await api.update(DEPLOYMENTS, 'default', 'my-website-deployment', live, false)
    const changed = SAMPLE.replace('replicas: 3', 'replicas: 5').replace(/ports:[\s\S]*/, '')
    const { plan } = await planText(api, changed)
    expect(plan.changes[0]?.before).toContain('replicas: 3')
    expect(plan.changes[0]?.after).toContain('replicas: 5')
    await applyText(api, changed)
    const after = (await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')) as unknown as { metadata: object; spec: { template: { spec: { containers: { ports?: unknown[] }[] } } } }
    expect(after.metadata).toMatchObject({ labels: { team: 'web' } })
    expect(after.spec.template.spec.containers[0]?.ports ?? []).toEqual([])
  })

  test('a manifest taken out of the cluster can be applied again', async () => {
    await applyText(api, SAMPLE)
    const object = await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')
    const text = toYaml(object ?? {}, 'editable')
    expect(text).not.toMatch(/uid|resourceVersion|last-applied|status/)
    expect((await planText(api, text)).plan).toMatchObject({ problems: [], changes: [{ action: 'unchanged' }] })
  })
})

describe('what is wrong is said at its place', () => {
  const line = (text: string): string => SAMPLE.replace('  replicas: 3', `  ${text}`)
  test.each([
    ['broken YAML', SAMPLE.replace('replicas: 3', 'replicas: "3'), { message: /not valid YAML/ }],
    ['lists in lists without end', `${SAMPLE}data: ${'['.repeat(5_000)}`, { line: 20, column: 206, message: /nested deeper than 200 levels/ }],
    ['bad indentation', SAMPLE.replace('  selector:', ' selector:'), { line: 7, message: /not valid YAML/ }],
    ['an unknown field', line('replcas: 3'), { line: 6, column: 3, endColumn: 10, field: 'spec.replcas', message: /no field "replcas". Did you mean "replicas"\?/ }],
    ['an unknown field in a list', SAMPLE.replace('image: nginx', 'imag: nginx'), { line: 17, column: 9, field: 'spec.template.spec.containers[0].imag', message: /"image"/ }],
    ['a wrong type', line('replicas: three'), { line: 6, column: 13, field: 'spec.replicas', message: /must be a whole number, not text/ }],
    ['a value that the server refuses', line('replicas: -1'), { line: 6, column: 13, field: 'spec.replicas' }],
    ['a missing image', SAMPLE.replace(/ {8}image.*\n/, ''), { line: 16, field: 'spec.template.spec.containers[0].image' }],
    ['a size that is none, which the server names without its map', 'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: shop}\nspec:\n  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: lots\n', { line: 8, column: 16, message: /"lots": write an amount such as/ }],
    ['an unknown kind', SAMPLE.replace('kind: Deployment', 'kind: Deploymnt'), { line: 2, column: 7, message: /no kind "Deploymnt"/ }],
    ['the wrong group', SAMPLE.replace('apps/v1', 'v1'), { line: 1, column: 13, message: /apiVersion apps\/v1/ }],
    ['no name', SAMPLE.replace(/ {2}name: my-website-deployment.*/, '  labels: {}'), { line: 3, message: /name is missing/ }],
    ['a namespace that is not there', SAMPLE.replace('metadata:\n', 'metadata:\n  namespace: nowhere\n'), { message: /nowhere/ }],
    ['no manifest at all', 'hello', { line: 1, column: 1, message: /apiVersion and kind/ }],
    ['nothing', '\n# only a comment\n', { line: 1, message: /empty/ }],
    ['a broken second document', `${SAMPLE}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: http}]}\n`, { line: 25, field: 'spec.ports[0].port' }],
  ])('%s', async (_, text, expected) => {
    const { plan } = await planText(api, text)
    expect(plan.problems[0]).toMatchObject({ severity: 'error', ...expected, ...('message' in expected ? { message: expect.stringMatching(expected.message) as string } : {}) })
    expect((await applyText(api, text)).problems).toEqual(plan.problems)
    expect(await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')).toBeUndefined()
  })
})

describe('all or nothing', () => {
  test('a namespace and what lives in it are applied from one text', async () => {
    const text = `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n${configMap('settings', 'a', '  namespace: shop\n')}`
    expect((await planText(api, text)).plan.problems).toEqual([])
    expect((await applyText(api, text)).problems).toEqual([])
    expect(await api.get(CONFIG_MAPS, 'shop', 'settings')).toBeDefined()
  })

  test('a document that fails only at the apply takes the earlier ones back', async () => {
    await applyText(api, configMap('old', 'before'))
    const failing: ManifestApi = {
      kinds: () => api.kinds(), schema: (r) => api.schema(r), check: (r, b) => api.check(r, b), get: (r, ns, n) => api.get(r, ns, n), delete: (r, ns, n, uid) => api.delete(r, ns, n, uid),
      update: (r, ns, n, b, dry) => api.update(r, ns, n, b, dry),
      create: (r, ns, b, dry) => (!dry && (b as { metadata: { name: string } }).metadata.name === 'last' ? Promise.reject(new StatusError('Conflict', 'Somebody was faster.')) : api.create(r, ns, b, dry)),
    }
    const text = [configMap('old', 'after'), configMap('new', 'x'), configMap('last', 'x')].join('---\n')
    const { problems } = await applyText(failing, text)
    expect(problems).toMatchObject([{ message: 'Somebody was faster. Nothing of this text is in effect: what had been applied before it was taken back (ConfigMap "old", ConfigMap "new").' }])
    expect(await api.get(CONFIG_MAPS, 'default', 'new')).toBeUndefined()
    expect(await api.get(CONFIG_MAPS, 'default', 'old')).toMatchObject({ data: { key: 'before' } })
  })

  test('an octal mode and yes are read as kubectl reads them', async () => {
    const text = SAMPLE.replace('      containers:', '      hostNetwork: no\n      volumes:\n      - name: c\n        configMap: {name: c, defaultMode: 0644}\n      containers:')
    await applyText(api, text)
    expect(await api.get(DEPLOYMENTS, 'default', 'my-website-deployment')).toMatchObject({ spec: { template: { spec: { volumes: [{ configMap: { defaultMode: 420 } }] } } } })
  })
})

test('a text may define a kind and have objects of it', async () => {
  const text = `${JSON.stringify(cronTabDefinition())}\n---\n${JSON.stringify(cronTab('nightly'))}\n`
  const { plan } = await planText(api, text)
  expect(plan).toMatchObject({ problems: [], changes: [{ action: 'create', ref: { kind: 'CustomResourceDefinition' } }, { action: 'create', ref: { kind: 'CronTab', namespace: 'default', name: 'nightly' } }] })
  expect(running.api.registry.find(CronTabs)).toBeUndefined()
  expect((await applyText(api, text)).problems).toEqual([])
  expect(await api.get(CronTabs, 'default', 'nightly')).toMatchObject({ spec: { image: 'busybox' } })
  expect((await planText(api, text)).plan.changes.map(({ action }) => action)).toEqual(['unchanged', 'unchanged'])
  // What the object lacks is found when its kind is there; all of it is taken back then.
  const bad = `${JSON.stringify(cronTabDefinition({}, { names: { plural: 'waldos', kind: 'Waldo' } })).replace('crontabs.stable', 'waldos.stable')}\n---\n${JSON.stringify({ ...cronTab('x'), kind: 'Waldo', spec: {} })}\n`
  expect((await applyText(api, bad)).problems[0]?.message).toMatch(/Required[\s\S]*taken back|Required[\s\S]*as it was/i)
})
