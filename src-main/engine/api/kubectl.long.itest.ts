import { readFile } from 'node:fs/promises'
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Deployment } from '../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Deployments, EndpointsResource, Events, Namespaces, Nodes, Pods, ReplicaSets } from '../../common/kube/kinds.ts'
import type { NodeAccess } from '../../common/kube/node-access.ts'
import { systemClock } from '../../common/clock.ts'
import { ApiServer } from './api-server.ts'
import type { CertificateSigningRequest } from '../../common/kube/generated/certificates-v1.ts'
import { CertificateSigningRequests, Signer } from '../../common/kube/signing-request.ts'
import type { AuditEvent } from './audit/event.ts'
import { clusterSigner } from './pki/cluster-signer.ts'
import { EXAMPLES } from './testing/contract/examples.ts'
import { makeRequest } from './testing/make-request.ts'
import { AS_TESTER, type TestApi, startTestApi } from './testing/test-api.ts'

// The real kubectl, new and old, against the real server. No Docker: the test plays controllers and node by writing objects.

const scratch = mkdtempSync(join(tmpdir(), 'toque-kubectl-'))
const website = join(import.meta.dirname, '../../../resources/samples/my-website.yaml')
const APP = 'my-website-deployment'

interface Result {
  code: number
  out: string
  err: string
}

/** The kubectl of Debian's archive (1.20), unpacked without installing; undefined where it cannot be had. */
function oldKubectl(): string | undefined {
  const path = join(scratch, 'usr/bin/kubectl')
  try {
    execFileSync('apt-get', ['download', 'kubernetes-client'], { cwd: scratch, stdio: 'ignore' })
    const deb = readdirSync(scratch).find((file) => file.endsWith('.deb'))
    if (deb !== undefined) execFileSync('dpkg-deb', ['-x', join(scratch, deb), scratch], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return existsSync(path) ? path : undefined
}

const old = oldKubectl()
const programs = [['new', 'kubectl'], ...(old === undefined ? [] : [['1.20', old]])] as [string, string][]
const nodes: Pick<NodeAccess, 'logs'> = {
  async *logs(target, options) {
    await Promise.resolve()
    yield Buffer.from(`hello from ${target.pod}/${target.container}${options.follow === true ? ' (followed)' : ''}\n`)
  },
}

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

test('the table of protobuf is what is made of kubectl 1.32', () => {
  const generator = join(import.meta.dirname, '../../../resources/kube-proto/generate.mjs')
  expect(execFileSync(process.execPath, [generator, '--check'], { encoding: 'utf8' })).toMatch(/\d+ kinds, \d+ messages/)
})

test('both kubectls are there', () => expect(old, '`apt-get download kubernetes-client` must work: it brings kubectl 1.20').toBeDefined())

describe.each(programs)('kubectl %s', (name, program) => {
  let t: TestApi
  let server: ApiServer
  let env: NodeJS.ProcessEnv

  function kubectl(args: string, more: { stdin?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Result> {
    return new Promise((resolve) => {
      const child = execFile(program, split(args), { env: { ...env, ...more.env }, timeout: 60_000 }, (error, out, err) => resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, out, err }))
      child.stdin?.end(more.stdin ?? '')
    })
  }
  async function ok(args: string, more: { stdin?: string; env?: NodeJS.ProcessEnv } = {}): Promise<string> {
    const result = await kubectl(args, more)
    expect(result, `kubectl ${args}: ${result.err}`).toMatchObject({ code: 0 })
    return result.out
  }
  const deployment = (): Deployment => t.api.get(Deployments, 'default', APP) as Deployment

  beforeAll(async () => {
    t = await startTestApi()
    server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0, nodes })
    const home = join(t.dir, 'home')
    mkdirSync(home)
    env = { PATH: process.env['PATH'] ?? '', HOME: home, KUBECONFIG: server.kubeconfig }
  })
  afterAll(async () => {
    await server.stop()
    await t.close()
  })

  test('version, api-resources, explain', async () => {
    expect(await ok('version')).toContain('v1.32.0+toque')
    expect(await ok('api-resources')).toMatch(/deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/)
    expect(await ok('explain deployment.spec.strategy')).toContain('rollingUpdate')
  })

  // From 1.32 on, kubectl's own clients ask for protobuf: what Go reads of it is what it describes.
  if (name === 'new') test('every kind: created from a manifest, described, explained', async () => {
    const kinds = t.api.registry.served().filter(({ resource: { plural, group } }) => EXAMPLES[group === '' ? plural : `${plural}.${group}`] !== undefined && !['namespaces', 'limitranges'].includes(plural))
    const manifests = kinds.map(({ resource: { group, version, kind, plural } }) => {
      const example = EXAMPLES[group === '' ? plural : `${plural}.${group}`]
      const named = example?.name?.('every') ?? `every-${version}-${group === '' ? 'core' : group.split('.')[0] ?? ''}`
      return { apiVersion: group === '' ? version : `${group}/${version}`, kind, metadata: { name: named }, ...example?.body(named) }
    })
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests })
    expect((await ok('create -f -', { stdin: list })).trim().split('\n')).toHaveLength(manifests.length)
    const { out, err } = await kubectl('describe -f - -v=8', { stdin: list })
    for (const { kind, metadata } of manifests) expect(out, kind).toMatch(new RegExp(`^Name:\\s+${metadata.name}$`, 'm'))
    expect(err).toContain('Accept: application/vnd.kubernetes.protobuf,application/json')
    for (const what of ['csidriver.spec', 'runtimeclass.overhead', 'flowschema.spec.rules', 'podtemplate.template.spec', 'mutatingwebhookconfiguration.webhooks']) expect(await ok(`explain ${what}`), what).toMatch(/DESCRIPTION|FIELDS/)
    await ok('delete --wait=false -f -', { stdin: list })
  })

  test('apply creates, applies again without a change, and then with one; diff says which', async () => {
    expect(await ok(`apply -f ${website}`)).toContain('created')
    expect(await ok(`apply -f ${website}`)).toContain('unchanged')
    expect((await kubectl(`diff -f ${website}`)).code).toBe(0)
    await ok(`scale deployment ${APP} --replicas=5`)
    const difference = await kubectl(`diff -f ${website}`)
    expect(difference).toMatchObject({ code: 1 })
    expect(difference.out).toMatch(/-\s+replicas: 5\n\+\s+replicas: 3/)
    expect(await ok(`apply -f ${website}`)).toContain('configured')
    expect(deployment().spec.replicas).toBe(3)
  })

  test('apply --server-side creates, conflicts with another manager, and takes over when forced', async () => {
    const manifest = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned}\ndata: {a: "${value}"}\n`
    expect(await ok('apply --server-side --field-manager=one -f -', { stdin: manifest('1') })).toContain('serverside-applied')
    const other = await kubectl('apply --server-side --field-manager=two -f -', { stdin: manifest('2') })
    expect([other.code, other.err]).toEqual([1, expect.stringMatching(/conflict with "one"(: |.*\n.*)\.data\.a/)])
    await ok('apply --server-side --field-manager=two --force-conflicts -f -', { stdin: manifest('2') })
    expect(await ok('get configmap owned -o jsonpath={.data.a}')).toBe('2')
    await ok('delete configmap owned')
  })

  test('a NetworkPolicy: applied, listed, described', async () => {
    const manifest = 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db}\nspec:\n  podSelector: {matchLabels: {app: db}}\n'
      + '  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432, protocol: TCP}]}]\n'
    expect(await ok('apply -f -', { stdin: manifest })).toContain('networkpolicy.networking.k8s.io/db created')
    expect(await ok('apply -f -', { stdin: manifest })).toContain('unchanged')
    expect(await ok('get netpol')).toMatch(/^NAME\s+POD-SELECTOR\s+AGE\ndb\s+app=db\s+\d+s\n$/)
    const described = await ok('describe netpol db')
    for (const part of ['PodSelector:     app=db', 'To Port: 5432/TCP', 'PodSelector: app=web', 'Policy Types: Ingress']) expect(described).toContain(part)
    await ok('delete netpol db')
  })

  test('what is wrong with a manifest is said before anything is stored', async () => {
    const manifest = (spec: string): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bad}\nspec: ${spec}\n`
    const template = '{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}'
    const typed = await kubectl('apply -f -', { stdin: manifest(`{replicas: many, selector: {matchLabels: {a: b}}, template: ${template}}`) })
    expect([typed.code, typed.err]).toEqual([1, expect.stringMatching(/cannot unmarshal string into Go struct field|invalid type for .*replicas/)])
    const unknown = await kubectl('apply -f -', { stdin: manifest(`{replcas: 1, selector: {matchLabels: {a: b}}, template: ${template}}`) })
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringMatching(/unknown field "(spec\.)?replcas"/)])
    const invalid = await kubectl('apply --validate=false -f -', { stdin: manifest(`{replicas: -1, selector: {matchLabels: {a: c}}, template: ${template}}`) })
    expect(invalid.err).toContain('* spec.replicas: Invalid value: -1: must be greater than or equal to 0')
    expect((await kubectl('get deployment bad')).err).toContain('deployments.apps "bad" not found')
  })

  test('get: wide, yaml, json, jsonpath, labels, selectors, and nothing', async () => {
    expect(await ok(`get deployment ${APP} -o wide`)).toMatch(/NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\s+CONTAINERS\s+IMAGES\s+SELECTOR\n.*0\/3\s+0\s+0\s+\d+m?s.*my-website-container\s+nginx\s+app=my-website/)
    expect(await ok(`get deployment ${APP} -o yaml`)).toContain('progressDeadlineSeconds: 600')
    expect(JSON.parse(await ok('get deployments -o json'))).toMatchObject({ kind: 'List', items: [{ kind: 'Deployment' }] })
    expect(await ok(`get deploy ${APP} -o jsonpath={.spec.template.spec.containers[0].imagePullPolicy}`)).toBe('Always')
    expect(await ok('get ns -l kubernetes.io/metadata.name=default -o name')).toBe('namespace/default\n')
    expect(await ok('get ns --field-selector metadata.name=kube-system -o name')).toBe('namespace/kube-system\n')
    expect((await kubectl('get pods')).err).toContain('No resources found in default namespace.')
    expect(await ok('get all')).toContain(`deployment.apps/${APP}`)
  })

  test('label, annotate, the three patches, set image, edit', async () => {
    await ok(`label deployment ${APP} tier=web`)
    expect((await kubectl(`label deployment ${APP} tier=db`)).code).toBe(1)
    await ok(`label deployment ${APP} tier=db --overwrite`)
    await ok(`annotate deployment ${APP} note=hello`)
    expect(deployment().metadata).toMatchObject({ labels: { tier: 'db' }, annotations: { note: 'hello' } })
    await ok(`label deployment ${APP} tier-`)
    expect(deployment().metadata.labels).not.toHaveProperty('tier')
    await ok(`patch deployment ${APP} -p {"spec":{"template":{"spec":{"containers":[{"name":"side","image":"busybox"}]}}}}`)
    expect(deployment().spec.template.spec?.containers.map((c) => c.name).sort()).toEqual(['my-website-container', 'side'])
    await ok(`patch deployment ${APP} -p {"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}`)
    await ok(`patch deployment ${APP} --type=merge -p {"spec":{"minReadySeconds":1}}`)
    await ok(`patch deployment ${APP} --type=json -p [{"op":"replace","path":"/spec/minReadySeconds","value":2}]`)
    await ok(`set image deployment/${APP} my-website-container=nginx:1.27`)
    expect(deployment().spec).toMatchObject({ minReadySeconds: 2, template: { spec: { containers: [{ image: 'nginx:1.27' }] } } })
    const editor = join(t.dir, 'editor')
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/replicas: 3/replicas: 4/" "$1"\n')
    chmodSync(editor, 0o755)
    expect(await ok(`edit deployment ${APP}`, { env: { EDITOR: editor } })).toContain('edited')
    expect(deployment().spec.replicas).toBe(4)
  })

  test('rollout: history, restart, undo, pause, status', async () => {
    await makeReplicaSet(t, deployment(), '1', 'nginx')
    await makeReplicaSet(t, deployment(), '2', 'nginx:1.27')
    expect(await ok(`rollout history deployment/${APP}`)).toMatch(/REVISION\s+CHANGE-CAUSE\n1\s+.*\n2\s+/)
    await ok(`rollout undo deployment/${APP} --to-revision=1`)
    expect(deployment().spec.template.spec?.containers[0]?.image).toBe('nginx')
    await ok(`rollout restart deployment/${APP}`)
    expect(deployment().spec.template.metadata?.annotations).toHaveProperty('kubectl.kubernetes.io/restartedAt')
    await ok(`rollout pause deployment/${APP}`)
    expect(deployment().spec.paused).toBe(true)
    await ok(`rollout resume deployment/${APP}`)
    const waiting = ok(`rollout status deployment/${APP} --timeout=30s`)
    const { metadata, spec } = deployment()
    const replicas = spec.replicas ?? 0
    await t.api.updateStatus(Deployments, 'default', APP, { ...deployment(), status: { observedGeneration: metadata.generation, replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas, conditions: [{ type: 'Available', status: 'True' }] } }, AS_TESTER)
    expect(await waiting).toContain('successfully rolled out')
    expect(await ok(`wait --for=condition=Available deployment/${APP} --timeout=10s`)).toContain('condition met')
  })

  test('a watch tells what changes', async () => {
    const seen = follow(program, ['get', 'configmaps', '-w'], env)
    await seen.until('')
    await ok('apply -f -', { stdin: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: watched}\ndata: {a: b}\n' })
    await seen.until(/watched\s+1/)
    await ok('patch configmap watched -p {"data":{"c":"d"}}')
    await seen.until(/watched\s+2/)
    // The columns are named once.
    expect(seen.text().match(/NAME/g)).toHaveLength(1)
    seen.stop()
  })

  test('run, describe, logs, delete of a pod that its node ends', async () => {
    await ok('run single --image=nginx --restart=Never')
    await t.api.bind('default', 'single', { target: { name: 'node-1' } }, AS_TESTER)
    await t.api.updateStatus(Pods, 'default', 'single', runningPod(t.api.get(Pods, 'default', 'single') as Pod), AS_TESTER)
    await t.api.create(Events, 'default', { metadata: { name: 'single.1' }, involvedObject: { kind: 'Pod', name: 'single', namespace: 'default', uid: t.api.get(Pods, 'default', 'single').metadata.uid }, reason: 'Started', message: 'Started container single', type: 'Normal', source: { component: 'kubelet' }, count: 1, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:00Z' }, AS_TESTER)
    expect(await ok('get pod single -o wide')).toMatch(/single\s+1\/1\s+Running\s+2 \(.* ago\)\s+\d+s\s+10\.244\.1\.5\s+node-1\s+<none>\s+<none>/)
    const description = await ok('describe pod single')
    expect(description).toMatch(/QoS Class:\s+BestEffort/)
    expect(description).toContain('Started container single')
    expect(await ok('logs single')).toBe('hello from single/single\n')
    expect(await ok('logs -f single')).toBe('hello from single/single (followed)\n')
    expect(await ok('get events')).toMatch(/Normal\s+Started\s+pod\/single\s+Started container single/)
    const deleting = ok('delete pod single')
    await untilTrue(() => (t.api.get(Pods, 'default', 'single').metadata.deletionTimestamp !== undefined))
    expect(await ok('get pod single')).toContain('Terminating')
    await t.api.delete(Pods, 'default', 'single', { gracePeriodSeconds: 0 }, AS_TESTER)
    expect(await deleting).toContain('pod "single" deleted')
  })

  test('services, nodes, namespaces', async () => {
    expect(await ok(`expose deployment ${APP} --port=80 --type=NodePort`)).toContain('exposed')
    expect(await ok(`get service ${APP} -o wide`)).toMatch(/NodePort\s+10\.\d+\.\d+\.\d+\s+<none>\s+80:3\d{4}\/TCP\s+\d+s\s+app=my-website/)
    await t.api.create(EndpointsResource, 'default', { metadata: { name: APP }, subsets: [{ addresses: [{ ip: '10.244.1.5' }], ports: [{ port: 80 }] }] }, AS_TESTER)
    expect(await ok(`describe service ${APP}`)).toMatch(/NodePort:\s+<unset>\s+3\d{4}\/TCP/)
    expect(await ok('get endpoints')).toContain('10.244.1.5:80')
    await t.api.create(Nodes, '', { metadata: { name: 'node-1', labels: { 'node-role.kubernetes.io/worker': '' } } }, AS_TESTER)
    await ok('cordon node-1')
    expect(await ok('get nodes')).toMatch(/node-1\s+Unknown,SchedulingDisabled\s+worker/)
    await ok('taint node node-1 dedicated=db:NoSchedule')
    expect(await ok('describe node node-1')).toContain('dedicated=db:NoSchedule')
    await ok('apply -f -', { stdin: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n' })
    expect(await ok('delete namespace team --wait=false')).toContain('deleted')
    expect(await ok('get namespace team')).toContain('Terminating')
    const late = await kubectl('apply -f -', { stdin: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late, namespace: team}\n' })
    expect(late.err).toContain('because it is being terminated')
    await t.api.finalizeNamespace('team', { spec: {} }, AS_TESTER)
    expect(() => t.api.get(Namespaces, '', 'team')).toThrow('not found')
  })

  test('roles, bindings, and what somebody may; in their name', async () => {
    await ok('create role looker --verb=get,list,watch --resource=pods,deployments.apps')
    await ok('create rolebinding bob-looks --role=looker --user=bob --serviceaccount=default:robot')
    await ok('create clusterrolebinding cooks-view --clusterrole=system:aggregate-to-view --group=cooks')
    expect(await ok('get rolebindings bob-looks -o wide')).toMatch(/ROLE\s+AGE\s+USERS\s+GROUPS\s+SERVICEACCOUNTS\nbob-looks\s+Role\/looker\s+\d+s\s+bob\s+default\/robot/)
    expect(await ok('describe role looker')).toMatch(/deployments\.apps\s+\[\]\s+\[\]\s+\[get list watch\]/)
    expect(await ok('auth can-i list pods --as bob')).toBe('yes\n')
    expect(await kubectl('auth can-i create pods --as bob')).toMatchObject({ code: 1, out: expect.stringMatching(/^no/) as string })
    expect(await ok('auth can-i list nodes --as ann --as-group cooks --as-group system:authenticated --all-namespaces').catch(() => 'no')).toBe('no')
    expect(await ok('auth can-i get pods --as=system:serviceaccount:default:robot')).toBe('yes\n')
    expect(await ok('auth can-i --list --as bob')).toMatch(/deployments\.apps\s+\[\]\s+\[\]\s+\[get list watch\]/)
    expect(await ok('get pods --as bob')).toBe('')
    const refused = await kubectl('run eve --image=nginx --as bob')
    expect(refused).toMatchObject({ code: 1, err: 'Error from server (Forbidden): pods is forbidden: User "bob" cannot create resource "pods" in API group "" in the namespace "default"\n' })
    expect((await kubectl('create rolebinding more --clusterrole=cluster-admin --user=bob --as bob')).err).toContain('User "bob" cannot create resource "rolebindings"')
    // A file of roles and bindings, reconciled as kubectl does: what is there already is left alone.
    const file = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: looker, namespace: default}\nrules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]\n'
    expect(await ok('auth reconcile -f -', { stdin: file })).toContain('reconciled')
    expect(await ok('auth can-i get secrets --as bob')).toBe('yes\n')
    // With a token of its own the robot may what was bound to it, and says who it is.
    await ok('create serviceaccount robot')
    // 1.20 has no `create token`.
    const token = name === '1.20' ? (await t.api.requestToken('default', 'robot', {})).status?.token ?? '' : (await ok('create token robot --duration=1h')).trim()
    const asRobot = { KUBECONFIG: join(t.dir, 'robot.yaml') }
    const [cluster, user] = [{ server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') }, { token }]
    writeFileSync(asRobot.KUBECONFIG, JSON.stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'robot', contexts: [{ name: 'robot', context: { cluster: 'toque', user: 'robot' } }],
      clusters: [{ name: 'toque', cluster }], users: [{ name: 'robot', user }],
    }))
    expect(await ok('auth can-i list pods', { env: asRobot })).toBe('yes\n')
    expect((await kubectl('get nodes', { env: asRobot })).err).toContain('User "system:serviceaccount:default:robot" cannot list resource "nodes"')
    await ok('delete serviceaccount robot')
    expect((await kubectl('get pods', { env: asRobot })).err).toMatch(/Unauthorized|logged in to the server/)
    await ok('delete rolebinding,role --all')
    expect((await kubectl('get pods --as bob')).err).toContain('(Forbidden)')
  })

  test('certificates: asked for, listed, denied, approved, and logged in with; the audit log says who did that', async () => {
    const ann = await makeRequest({ name: 'ann', groups: ['waiters'] })
    const manifest = (csr: string): string => JSON.stringify({
      apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: csr },
      spec: { request: Buffer.from(ann.request).toString('base64'), signerName: Signer.client, usages: ['client auth'], expirationSeconds: 3600 },
    })
    for (const csr of ['ann', 'eve']) await ok('apply -f -', { stdin: manifest(csr) })
    expect(await ok('get csr ann')).toMatch(/^NAME\s+AGE\s+SIGNERNAME\s+REQUESTOR\s+REQUESTEDDURATION\s+CONDITION\nann\s+\d+s\s+kubernetes\.io\/kube-apiserver-client\s+kubernetes-admin\s+60m\s+Pending\n$/)
    await ok('create clusterrolebinding bob-approves --clusterrole=system:certificates.k8s.io:kube-apiserver-client-approver --user=bob')
    expect((await kubectl('certificate approve ann --as bob')).err).toContain('(Forbidden)')
    expect(await ok('certificate deny eve')).toContain('denied')
    expect(await ok('certificate approve ann')).toContain('approved')
    expect(await ok('get csr -o custom-columns=N:.metadata.name,C:.status.conditions[*].type')).toMatch(/ann\s+Approved\neve\s+Denied/)
    expect(await ok('describe csr ann')).toMatch(/Status:\s+Approved[^]*Common Name:\s+ann[^]*Organization:\s+waiters/)
    // The controller's part.
    const ca = { cert: server.ca, key: readFileSync(join(t.dir, 'pki', 'ca.key'), 'utf8') }
    const signed = await clusterSigner(ca, systemClock)({ signerName: Signer.client, request: ann.request, usages: ['client auth'], seconds: 3600 })
    const certificate = Buffer.from(signed !== undefined && 'certificate' in signed ? signed.certificate : '').toString('base64')
    const approved = t.api.get(CertificateSigningRequests, '', 'ann') as CertificateSigningRequest
    await t.api.updateStatus(CertificateSigningRequests, '', 'ann', { ...approved, status: { ...approved.status, certificate } }, AS_TESTER)
    expect(await ok('get csr ann --no-headers')).toMatch(/Approved,Issued/)
    const cert = await ok('get csr ann -o jsonpath={.status.certificate}')
    const asAnn = { KUBECONFIG: join(t.dir, 'ann.yaml') }
    writeFileSync(asAnn.KUBECONFIG, JSON.stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'ann', contexts: [{ name: 'ann', context: { cluster: 'toque', user: 'ann' } }],
      clusters: [{ name: 'toque', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }],
      users: [{ name: 'ann', user: { 'client-certificate-data': cert, 'client-key-data': Buffer.from(ann.key).toString('base64') } }],
    }))
    expect((await kubectl('get pods', { env: asAnn })).err).toContain('User "ann" cannot list resource "pods"')
    await ok('create rolebinding waiters --clusterrole=system:aggregate-to-view --group=waiters')
    expect((await kubectl('get pods', { env: asAnn })).code).toBe(0)
    await ok('delete csr,rolebinding --all')
    await ok('delete clusterrolebinding bob-approves')
    const written = (await readFile(join(t.dir, 'audit', 'audit.log'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as AuditEvent)
    const about = written.filter(({ objectRef }) => objectRef?.resource === 'certificatesigningrequests').map((e) => [e.verb, e.objectRef?.subresource, e.objectRef?.name, e.user.username, e.impersonatedUser?.username, e.responseStatus?.code])
    for (const one of [
      ['create', undefined, 'ann', 'kubernetes-admin', undefined, 201], ['get', undefined, 'ann', 'kubernetes-admin', 'bob', 403],
      ['update', 'approval', 'ann', 'kubernetes-admin', undefined, 200], ['update', 'approval', 'eve', 'kubernetes-admin', undefined, 200],
    ]) expect(about).toContainEqual(one)
    expect(written.find((e) => e.user.username === 'ann')).toMatchObject({ verb: 'list', responseStatus: { code: 403 }, userAgent: expect.stringMatching(/^kubectl/) as string })
  })

  test('delete: by file, by label, all', async () => {
    for (const name of ['one', 'two', 'three']) await ok('apply -f -', { stdin: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {set: ${name === 'three' ? 'b' : 'a'}}}\n` })
    await ok('delete configmap -l set=a')
    expect(await ok('get configmap -l set -o name')).toBe('configmap/three\n')
    await ok(`delete -f ${website}`)
    await ok('delete replicasets --all')
    expect((await kubectl('get deployment,replicaset')).err).toContain('No resources found')
  })
})

/** Splits at spaces; JSON in these tests has none. */
function split(args: string): string[] {
  return args.split(' ').filter((arg) => arg !== '')
}

async function makeReplicaSet(t: TestApi, owner: Deployment, revision: string, image: string): Promise<void> {
  const labels = { app: 'my-website', 'pod-template-hash': `h${revision}` }
  await t.api.create(ReplicaSets, 'default', {
    metadata: { name: `${APP}-h${revision}`, labels, annotations: { 'deployment.kubernetes.io/revision': revision }, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: APP, uid: owner.metadata.uid, controller: true }] },
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'my-website-container', image }] } } },
  }, AS_TESTER)
}

function runningPod(pod: Pod): Pod {
  const startedAt = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+/, '')
  const status = {
    name: 'single', image: 'nginx', imageID: 'sha256:1', containerID: 'docker://1', ready: true, started: true, restartCount: 2, state: { running: { startedAt } },
    lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt, finishedAt: startedAt } },
  }
  return { ...pod, status: { ...pod.status, phase: 'Running', podIP: '10.244.1.5', podIPs: [{ ip: '10.244.1.5' }], hostIP: '10.0.0.1', startTime: startedAt, containerStatuses: [status], conditions: [{ type: 'Ready', status: 'True' }] } }
}

/** Reads what a running kubectl prints. */
function follow(program: string, args: string[], env: NodeJS.ProcessEnv): { until(wanted: RegExp | ''): Promise<void>; text(): string; stop(): void } {
  const child: ChildProcess = spawn(program, args, { env })
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return {
    // '' waits until it has had time to connect: an empty list prints nothing.
    until: (wanted) => untilTrue(wanted === '' ? () => child.pid !== undefined : () => wanted.test(text)),
    text: () => text,
    stop: () => void child.kill(),
  }
}

async function untilTrue(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (condition()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect.fail('waited 15 s in vain')
}
