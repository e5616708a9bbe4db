import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ContainerStatus, Pod, PodSpec, Service } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { Kubectl } from '../harness/kubectl.ts'
import { privateRegistry } from '../harness/private-registry.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { kubectl132 } from '../lab/tools.ts'

// What a pod can do, told through kubectl, done by a real Docker.
const SHELL = 'busybox:1.35'
const APP = 'toque/testapp:v1'
let site: Site
let kubectl: Kubectl
beforeAll(async () => {
  site = await siteUp()
  kubectl = new Kubectl(site, kubectl132())
})
afterAll(() => site?.down())

type Options = Omit<Partial<PodSpec>, 'containers'> & { containers: Partial<PodSpec['containers'][number]>[]; labels?: Record<string, string> }
function pod(name: string, { labels = {}, ...spec }: Options): object {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name, ...labels } },
    spec: { terminationGracePeriodSeconds: 1, ...spec, containers: spec.containers.map((c, i) => ({ name: ['main', 'second', 'third'][i], image: SHELL, ...c })) },
  }
}
const service = (name: string, spec: NonNullable<Service['spec']>): object => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: name }, ...spec } })
const apply = (...items: object[]): Promise<string> => kubectl.done(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
const sh = (script: string): { command: string[] } => ({ command: ['sh', '-c', script] })
const forever = (script: string): { command: string[] } => sh(`${script}; trap exit TERM; while :; do sleep 0.1; done`)
const get = (name: string): Promise<Pod> => kubectl.get<Pod>('pod', name)
const ready = (...names: string[]): Promise<string> => kubectl.ok('wait', '--for=condition=Ready', '--timeout=90s', ...names.map((name) => `pod/${name}`))
const ip = async (name: string): Promise<string> => (await get(name)).status?.podIP ?? ''
const curl = async (url: string): Promise<string> => (await site.host.exec(['curl', '-sS', '--max-time', '5', url])).stdout
const run = (name: string, script: string): Promise<string> => kubectl.ok('exec', name, '-c', 'main', '--', 'sh', '-c', script)
/** Waits until the first container's status is as asked. */
async function status(name: string, what: string, check: (status: ContainerStatus, pod: Pod) => boolean | undefined): Promise<ContainerStatus> {
  return eventually(`${name}: ${what}`, async () => {
    const now = await get(name)
    const first = now.status?.containerStatuses?.[0]
    return first !== undefined && check(first, now) === true && first
  })
}
async function container(name: string): Promise<{ id: string; short: string }> {
  const [found] = await site.containers.of(name, { role: 'app' })
  if (found === undefined) throw new Error(`${name} has no container`)
  return { id: found.id, short: found.id.slice(0, 12) }
}

test('init containers, several containers, environment and volumes', async () => {
  const maps = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'blue', 'app.conf': 'a=1\n' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { password: 's3cret' } },
  ]
  await apply(...maps, pod('full', {
    initContainers: [
      { name: 'first', image: SHELL, ...sh('echo one > /work/order'), volumeMounts: [{ name: 'work', mountPath: '/work' }] },
      { name: 'then', image: SHELL, ...sh('echo two >> /work/order'), volumeMounts: [{ name: 'work', mountPath: '/work' }] },
    ],
    containers: [{
      ...forever('echo started'),
      env: [
        { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'keys', key: 'password' } } },
        { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'BOTH', value: '$(COLOUR)-$(POD)-$$(POD)' },
      ],
      envFrom: [{ prefix: 'S_', configMapRef: { name: 'settings' } }],
      resources: { limits: { cpu: '250m', memory: '48Mi' }, requests: { cpu: '100m' } },
      volumeMounts: [
        { name: 'work', mountPath: '/work' }, { name: 'memory', mountPath: '/memory' }, { name: 'host', mountPath: '/host' },
        { name: 'settings', mountPath: '/settings' }, { name: 'settings', mountPath: '/one/app.conf', subPath: 'app.conf' },
        { name: 'keys', mountPath: '/keys', readOnly: true }, { name: 'all', mountPath: '/all' }, { name: 'me', mountPath: '/me' },
      ],
    }, forever('echo beside')],
    volumes: [
      { name: 'work', emptyDir: {} }, { name: 'memory', emptyDir: { medium: 'Memory' } }, { name: 'host', hostPath: { path: '/srv/data', type: 'DirectoryOrCreate' } },
      { name: 'settings', configMap: { name: 'settings' } }, { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
      { name: 'all', projected: { sources: [{ configMap: { name: 'settings', items: [{ key: 'colour', path: 'deep/colour' }] } }, { secret: { name: 'keys' } }] } },
      { name: 'me', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ],
  }))
  await ready('full')
  const { short } = await container('full')
  console.log(`full: its volumes are mounted in ${short}`)
  expect(await run('full', 'cat /work/order')).toBe('one\ntwo\n')
  expect(await run('full', 'echo $COLOUR $PASSWORD $POD $LIMIT $BOTH $S_colour')).toBe('blue s3cret full 48 blue-full-$(POD) blue\n')
  expect(await run('full', 'echo $IP')).toBe(`${await ip('full')}\n`)
  expect(await run('full', 'cat /settings/colour /one/app.conf /keys/password /all/deep/colour /all/password; cat /me/labels')).toBe('bluea=1\ns3cretblues3cretapp="full"')
  expect(await run('full', 'stat -L -c %a /keys/password; grep " /memory " /proc/mounts | cut -d" " -f3')).toBe('400\ntmpfs\n')
  await run('full', 'echo from the pod > /host/note')
  expect((await site.host.exec('cat /srv/data/note')).stdout).toBe('from the pod\n')
  await kubectl.ok('patch', 'configmap', 'settings', '-p', '{"data":{"colour":"green"}}')
  await kubectl.ok('label', 'pod', 'full', 'tier=new')
  await eventually('the change to arrive in the running container', async () => (await run('full', 'cat /settings/colour /all/deep/colour; cat /me/labels')) === 'greengreenapp="full"\ntier="new"')
  expect((await get('full')).status?.containerStatuses?.map((s) => s.restartCount)).toEqual([0, 0])
  expect(await kubectl.ok('logs', 'full', '-c', 'second')).toBe('beside\n')
  const inspected = await site.containers.docker.getContainer((await site.containers.of('full', { role: 'app' })).find((c) => c.id.startsWith(short))?.id ?? '').inspect()
  const limited = (await Promise.all((await site.containers.of('full', { role: 'app' })).map((c) => site.containers.docker.getContainer(c.id).inspect()))).map(({ HostConfig: h }) => [h.Memory, h.NanoCpus || Math.round((h.CpuQuota ?? 0) / (h.CpuPeriod || 100_000) * 1e9)])
  expect(inspected.State.Running).toBe(true)
  expect(limited.sort((a, b) => (b[0] ?? 0) - (a[0] ?? 0))).toEqual([[48 << 20, 250_000_000], [0, 0]])
})

test('probes: HTTP, TCP and exec; startup holds the others back, liveness restarts, readiness leads traffic', async () => {
  // As long as a busy machine takes to ask: only an answer makes a verdict.
  const probe = { periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 30 }
  await apply(
    pod('slow', { containers: [{ image: APP, env: [{ name: 'START_DELAY_MS', value: '3000' }],
      startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 90 }, livenessProbe: { httpGet: { path: '/live', port: 8080 }, ...probe }, readinessProbe: { httpGet: { path: '/ready', port: 8080 }, ...probe } }] }),
    pod('by-exec', { containers: [{ ...forever('touch /tmp/ok'), readinessProbe: { exec: { command: ['cat', '/tmp/ok'] }, ...probe }, livenessProbe: { exec: { command: ['test', '!', '-e', '/tmp/dead'] }, ...probe } }] }),
    service('slow', { ports: [{ port: 80, targetPort: 8080 }] }),
  )
  await ready('slow', 'by-exec')
  expect((await get('slow')).status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, started: true })
  await curl(`http://${await ip('slow')}:8080/fail?what=ready`)
  await status('slow', 'not ready', (s) => !s.ready)
  await eventually('the Service to let go of it', async () => !/\d:8080/.test(await kubectl.ok('get', 'endpoints', 'slow')))
  const before = await container('slow')
  await curl(`http://${await ip('slow')}:8080/fail?what=live`)
  await status('slow', 'restarted by its liveness probe', (s) => s.restartCount === 1 && s.ready)
  console.log(`slow: ${before.short} failed its liveness probe, ${(await container('slow')).short} runs`)
  await run('by-exec', 'rm /tmp/ok')
  await status('by-exec', 'not ready', (s) => !s.ready && s.restartCount === 0)
  await run('by-exec', 'touch /tmp/dead')
  await eventually('the exec liveness probe to end it', async () => ((await get('by-exec')).status?.containerStatuses?.[0]?.restartCount ?? 0) > 0)
  expect(await kubectl.ok('get', 'events', '--field-selector', 'involvedObject.name=slow')).toMatch(/Unhealthy.*Liveness probe failed: HTTP probe failed with statuscode: 503/)
})

test('how containers end: exit codes, messages, restart policies, backoff for the young only', async () => {
  await apply(
    pod('never', { restartPolicy: 'Never', containers: [sh('echo -n "what went wrong" > /dev/termination-log; exit 3')] }),
    pod('done', { restartPolicy: 'Never', containers: [sh('true')] }),
    pod('until-it-works', { restartPolicy: 'OnFailure', containers: [{ ...sh('echo x >> /work/tries; [ $(wc -l < /work/tries) -ge 2 ]'), volumeMounts: [{ name: 'work', mountPath: '/work' }] }], volumes: [{ name: 'work', emptyDir: {} }] }),
    pod('young', { containers: [{ ...sh('echo dying; exit 5'), terminationMessagePolicy: 'FallbackToLogsOnError' }] }),
    pod('grown', { containers: [{ image: APP }] }),
    pod('eater', { containers: [{ image: APP, resources: { limits: { memory: '32Mi' } } }] }),
  )
  await ready('grown', 'eater')
  const born = Date.now()
  expect(await status('never', 'failed, with its last words', (s, p) => p.status?.phase === 'Failed' && s.state?.terminated?.message !== undefined)).toMatchObject({ state: { terminated: { exitCode: 3, reason: 'Error', message: 'what went wrong' } }, restartCount: 0 })
  expect(await status('done', 'succeeded', (_, p) => p.status?.phase === 'Succeeded')).toMatchObject({ state: { terminated: { exitCode: 0, reason: 'Completed' } } })
  const young = await status('young', 'CrashLoopBackOff', (s) => s.state?.waiting?.reason === 'CrashLoopBackOff' && s.lastState?.terminated?.message !== undefined)
  expect(young.state?.waiting?.message).toMatch(/exit code 5 .* restarted after longer and longer waits/)
  expect(young.lastState?.terminated).toMatchObject({ exitCode: 5, message: 'dying\n' })
  expect(await kubectl.ok('logs', 'young', '--previous').catch(String)).toMatch(/dying|not found/)
  await curl(`http://${await ip('eater')}:8080/oom`).catch(() => '')
  // That it was for memory may be told a moment after its end.
  expect((await status('eater', 'killed for memory', (s) => s.lastState?.terminated?.reason === 'OOMKilled')).lastState?.terminated?.exitCode).toBe(137)
  await status('until-it-works', 'succeeded at its second try', (s, p) => p.status?.phase === 'Succeeded' && s.restartCount === 1)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, born + 10_500 - Date.now())))
  const before = await container('grown')
  await curl(`http://${await ip('grown')}:8080/crash?code=9`).catch(() => '')
  const seen = new Set<string>()
  const grown = await status('grown', 'back', (s) => {
    seen.add(s.state?.waiting?.reason ?? '')
    return s.restartCount === 1 && s.ready
  })
  expect(grown.lastState?.terminated?.exitCode).toBe(9)
  expect([...seen]).not.toContain('CrashLoopBackOff')
  console.log(`grown: ${before.short} ended with 9 after 10 s, ${(await container('grown')).short} runs`)
  expect(await kubectl.ok('logs', 'grown', '--previous')).toMatch(/crashing, as asked/)
})

test('lifecycle hooks and a graceful end', async () => {
  const volume = { volumeMounts: [{ name: 'notes', mountPath: '/notes' }] }
  await apply(
    // Its end waits for our word.
    pod('hooked', { terminationGracePeriodSeconds: 90, containers: [{ ...forever('echo still here > /tmp/index.html; httpd -p 8080 -h /tmp'), ...volume, lifecycle: { postStart: { exec: sh('echo began >> /notes/hooks') }, preStop: { exec: sh('until [ -e /notes/go ]; do sleep 0.1; done; echo ending >> /notes/hooks') } } }], volumes: [{ name: 'notes', hostPath: { path: '/srv/notes', type: 'DirectoryOrCreate' } }] }),
    pod('graceful', { terminationGracePeriodSeconds: 30, containers: [{ image: APP, env: [{ name: 'TERM_DELAY_MS', value: '1000' }] }] }),
    pod('stubborn', { terminationGracePeriodSeconds: 1, containers: [{ image: APP, env: [{ name: 'IGNORE_TERM', value: '1' }] }] }),
  )
  await ready('hooked', 'graceful', 'stubborn')
  const [graceful, stubborn] = [await container('graceful'), await container('stubborn')]
  const address = await ip('hooked')
  const watch = await site.containers.watch()
  await kubectl.ok('delete', 'pod', 'graceful', 'hooked', 'stubborn', '--wait=false')
  expect(await curl(`http://${address}:8080/`)).toBe('still here\n')
  expect(await kubectl.ok('get', 'pod', 'hooked')).toMatch(/Terminating/)
  await site.host.exec('touch /srv/notes/go')
  await kubectl.ok('wait', '--for=delete', 'pod/graceful', 'pod/hooked', 'pod/stubborn', '--timeout=60s')
  watch.stop()
  const code = (id: string): string | undefined => watch.events.find((e) => e.id === id && e.action === 'die')?.labels['exitCode']
  console.log(`graceful ${graceful.short} ended with ${String(code(graceful.id))}, stubborn ${stubborn.short} with ${String(code(stubborn.id))}`)
  expect([code(graceful.id), code(stubborn.id)]).toEqual(['0', '137'])
  expect((await site.host.exec('cat /srv/notes/hooks')).stdout).toBe('began\nending\n')
})

test('names, headless Services, session affinity and ports of the node', async () => {
  await apply(
    pod('web-1', { labels: { app: 'web' }, containers: [{ image: APP, ports: [{ containerPort: 8080, hostPort: 18080 }] }] }),
    pod('web-2', { labels: { app: 'web' }, containers: [{ image: APP }] }),
    pod('client', { containers: [forever('true')] }),
    service('web', { ports: [{ port: 80, targetPort: 8080 }] }),
    service('sticky', { selector: { app: 'web' }, sessionAffinity: 'ClientIP', ports: [{ port: 80, targetPort: 8080 }] }),
    service('headless', { selector: { app: 'web' }, clusterIP: 'None', ports: [{ port: 8080 }] }),
  )
  await ready('web-1', 'web-2', 'client')
  for (const name of ['web', 'web.default', 'web.default.svc', 'web.default.svc.cluster.local']) {
    await eventually(`${name} to answer`, async () => /toque\/testapp/.test(await run('client', `curl -sS --max-time 3 http://${name}/`)))
  }
  const addresses = [await ip('web-1'), await ip('web-2')].sort()
  await eventually('the headless name to be both pods', async () => {
    const found: string[] = (await run('client', 'nslookup headless.default.svc.cluster.local')).match(/\d+\.\d+\.\d+\.\d+/g) ?? []
    return addresses.every((address) => found.includes(address))
  })
  const hosts = async (name: string): Promise<Set<string>> => new Set((await run('client', `for i in $(seq 20); do curl -sS --max-time 3 http://${name}/; done`)).match(/"hostname":"[^"]+"/g))
  expect((await hosts('web')).size).toBe(2)
  expect((await hosts('sticky')).size).toBe(1)
  expect(await curl(`http://${site.host.address}:18080/`)).toMatch(/"hostname":"web-1"/)
  expect(await run('client', 'cat /etc/resolv.conf')).toMatch(/search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local/)
})

test('a private registry: refused in a sentence without a pull secret, pulled with it', async () => {
  const registry = await privateRegistry(site.host, site.lab.registry ?? '', 'cook:salt')
  const image = `${registry.address}/toque/testapp:v2`
  try {
    await apply(pod('locked-out', { imagePullSecrets: [{ name: 'no-such' }], containers: [{ image }] }))
    const waiting = (await status('locked-out', 'why', (s) => /ErrImagePull|ImagePullBackOff/.test(s.state?.waiting?.reason ?? ''))).state?.waiting
    console.log(`locked-out: ${waiting?.message ?? ''}`)
    expect(waiting?.message).toMatch(/image pull secret/)
    expect(waiting?.message).toContain(image)
    const auths = JSON.stringify({ auths: { [registry.address]: { auth: Buffer.from('cook:salt').toString('base64') } } })
    await apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'registry' }, type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': auths } },
      pod('let-in', { imagePullSecrets: [{ name: 'registry' }], containers: [{ image }] }))
    await ready('let-in')
    expect(await curl(`http://${await ip('let-in')}:8080/`)).toMatch(/"version":"v2"/)
  } finally {
    registry.stop()
  }
})
