import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Deployment, ReplicaSetList } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { Pod, PodList, Service } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { Kubectl } from '../harness/kubectl.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { repository } from '../lab/places.ts'

const SAMPLE = join(repository, 'resources/samples/my-website.yaml')
const APP = 'my-website-deployment'
const DEPLOYMENT = `deployment/${APP}`

/** What people type, by one kubectl, against real pods: the tests of a file. `path`: where the program is. */
export function kubectlStory(version: string, path: () => string): void {
  let site: Site
  beforeAll(async () => {
    site = await siteUp()
  })
  afterAll(() => site?.down())

  let kubectl: Kubectl
  beforeAll(async () => {
    const namespace = `with-${version.replace('.', '')}`
    kubectl = new Kubectl(site, path(), namespace)
    await kubectl.ok('create', 'namespace', namespace)
  })
  const names = async (): Promise<string[]> => (await kubectl.get<PodList>('pods', '-l', 'app=my-website')).items.filter((p) => p.metadata.deletionTimestamp === undefined).map((p) => p.metadata.name).sort()
  const curl = async (url: string): Promise<string> => (await site.host.exec(['curl', '-sS', '--max-time', '5', url])).stdout
  const settled = (): Promise<string> => kubectl.ok('rollout', 'status', DEPLOYMENT, '--timeout=110s')

  test('the sample as it is: three nginx that answer through a Service', async () => {
    const watch = kubectl.follow('get', 'pods', '-w')
    expect(await kubectl.ok('apply', '-f', SAMPLE)).toBe(`deployment.apps/${APP} created\n`)
    expect(await settled()).toMatch(/successfully rolled out/)
    await watch.until(/1\/1 +Running/)
    await watch.stop()
    expect(watch.output).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\n/)
    expect(await kubectl.ok('apply', '-f', SAMPLE)).toBe(`deployment.apps/${APP} unchanged\n`)
    await kubectl.ok('expose', DEPLOYMENT, '--port=80', '--name=site')
    const service = await kubectl.get<Service>('service', 'site')
    const ip = service.spec?.clusterIP ?? ''
    await eventually('the Service to answer', async () => (await curl(`http://${ip}/`)).includes('Welcome to nginx!'))
    const containers = (await site.containers.of(APP, { role: 'app' })).filter((c) => c.running)
    expect(containers.length).toBeGreaterThanOrEqual(3)
    console.log(`kubectl ${version}: ${containers.map((c) => c.id.slice(0, 12)).join(' ')} answer at ${ip}`)
  })

  test('get and describe', async () => {
    const [pod = ''] = await names()
    expect(await kubectl.ok('get', 'pods')).toMatch(new RegExp(`^NAME +READY +STATUS +RESTARTS +AGE\\n(${APP}-\\S+ +1/1 +Running +0 +\\d+s\\n){3}$`))
    expect(await kubectl.ok('get', 'pods', '-o', 'wide')).toMatch(/IP +NODE/)
    expect(await kubectl.ok('get', DEPLOYMENT)).toMatch(/READY +UP-TO-DATE +AVAILABLE +AGE\n\S+ +3\/3 +3 +3/)
    expect(await kubectl.ok('get', DEPLOYMENT, '-o', 'yaml')).toMatch(/kind: Deployment/)
    expect(await kubectl.ok('get', 'all')).toMatch(/replicaset\.apps\/.* 3 +3 +3/)
    expect(await kubectl.ok('get', 'pods', '-o', 'jsonpath={.items[*].status.phase}')).toBe('Running Running Running')
    expect(await kubectl.ok('get', 'pods', '-A')).toMatch(/^NAMESPACE/)
    expect(await kubectl.ok('get', 'pods', '--field-selector', `metadata.name=${pod}`, '-o', 'name')).toBe(`pod/${pod}\n`)
    expect(await kubectl.ok('get', 'endpoints,endpointslices,configmaps,serviceaccounts,events,nodes,namespaces')).toMatch(/Ready/)
    expect(await kubectl.ok('get', 'events')).toMatch(/Scheduled.*Successfully assigned/)
    const described = await kubectl.ok('describe', 'pod', pod)
    expect(described).toMatch(/Container ID: +docker:\/\/[0-9a-f]{64}/)
    expect(described).toMatch(/Events:[^]*Scheduled[^]*Pulled[^]*Started/)
    expect(await kubectl.ok('describe', DEPLOYMENT)).toMatch(/3 desired \| 3 updated \| 3 total \| 3 available[^]*ScalingReplicaSet/)
    expect(await kubectl.ok('describe', 'service', 'site')).toMatch(/Endpoints: +\d+\.\d+\.\d+\.\d+:80/)
    expect(await kubectl.ok('describe', 'node')).toMatch(/Allocatable:[^]*Non-terminated Pods/)
    expect(await kubectl.ok('explain', 'pods.spec.containers')).toMatch(/image/)
    expect(await kubectl.ok('api-resources')).toMatch(/deployments +deploy/)
    expect(await kubectl.ok('version')).toMatch(/Server Version/)
    expect(await kubectl.ok('cluster-info')).toMatch(/running at/)
  })

  test('logs and exec', async () => {
    const [pod = ''] = await names()
    await curl(`http://${(await kubectl.get<Pod>('pod', pod)).status?.podIP ?? ''}/by-name`)
    const follow = kubectl.follow('logs', '-f', pod)
    await follow.until(/GET \/by-name/)
    await curl(`http://${(await kubectl.get<Pod>('pod', pod)).status?.podIP ?? ''}/followed`)
    await follow.until(/GET \/followed/)
    await follow.stop()
    expect((await kubectl.ok('logs', pod, '--tail=1')).trim().split('\n')).toHaveLength(1)
    expect(await kubectl.ok('logs', pod, '-c', 'my-website-container', '--timestamps')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z /)
    expect(await kubectl.ok('logs', '-l', 'app=my-website', '--prefix')).toMatch(/GET \/by-name/)
    expect(await kubectl.ok('logs', DEPLOYMENT, '--since=1h')).toMatch(/^/)
    expect(await kubectl.refused(['logs', pod, '-c', 'nobody'])).toMatch(/nobody is not valid for pod|container nobody/)
    expect(await kubectl.refused(['logs', pod, '--previous'])).toMatch(/previous terminated container .* not found/)
    expect(await kubectl.ok('exec', pod, '--', 'echo', 'hello')).toBe('hello\n')
    expect(await kubectl.done(['exec', '-i', pod, '--', 'sh', '-c', 'cat; echo to-err >&2'], { input: 'one\ntwo\n' })).toBe('one\ntwo\n')
    const failed = await kubectl.run(['exec', pod, '--', 'sh', '-c', 'exit 7'])
    expect(failed).toMatchObject({ code: 7, stderr: expect.stringMatching(/exit code 7/) as string })
    expect(await kubectl.refused(['exec', pod, '--', 'no-such-program'])).toMatch(/no-such-program/)
    const typed = await kubectl.run(['exec', '-it', pod, '--', 'sh', '-c', 'tty; stty size; echo done-$((40+2))'], { tty: true })
    expect(typed.stdout).toMatch(/\/dev\/pts\/\d[^]*done-42/)
    expect(await kubectl.ok('exec', DEPLOYMENT, '--', 'hostname')).toMatch(new RegExp(APP))
  })

  test('cp and port-forward', async () => {
    const [pod = ''] = await names()
    const copy = join(site.toque.data, `copy-${version}`)
    await kubectl.ok('cp', SAMPLE, `${pod}:/root/sample.yaml`)
    expect(await kubectl.ok('exec', pod, '--', 'cat', '/root/sample.yaml')).toBe(await readFile(SAMPLE, 'utf8'))
    await kubectl.ok('cp', `${pod}:/root/sample.yaml`, copy)
    expect(await readFile(copy, 'utf8')).toBe(await readFile(SAMPLE, 'utf8'))
    for (const target of [`pod/${pod}`, DEPLOYMENT, 'service/site']) {
      const forward = kubectl.follow('port-forward', target, ':80')
      const [, port = ''] = await forward.until(/127\.0\.0\.1:(\d+) -> 80/)
      const pages = await Promise.all([1, 2, 3].map(() => curl(`http://127.0.0.1:${port}/`)))
      expect(pages.every((page) => page.includes('Welcome to nginx!'))).toBe(true)
      await forward.stop()
    }
  })

  test('label, annotate, patch, edit, diff, wait', async () => {
    const [pod = ''] = await names()
    await kubectl.ok('label', 'pod', pod, 'tier=front')
    expect(await kubectl.ok('get', 'pods', '-l', 'tier in (front),app=my-website', '-o', 'name')).toBe(`pod/${pod}\n`)
    expect(await kubectl.refused(['label', 'pod', pod, 'tier=back'])).toMatch(/--overwrite/)
    await kubectl.ok('label', 'pod', pod, 'tier-')
    await kubectl.ok('annotate', DEPLOYMENT, 'note=한국어')
    await kubectl.ok('patch', DEPLOYMENT, '--type=json', '-p', '[{"op":"add","path":"/metadata/labels","value":{"a":"1"}}]')
    await kubectl.ok('patch', DEPLOYMENT, '--type=merge', '-p', '{"metadata":{"labels":{"b":"2"}}}')
    await kubectl.ok('patch', DEPLOYMENT, '-p', '{"metadata":{"labels":{"c":"3"}},"spec":{"template":{"spec":{"containers":[{"name":"my-website-container","env":[{"name":"COLOUR","value":"blue"}]}]}}}}')
    const patched = await kubectl.get<Deployment>(DEPLOYMENT)
    expect(patched.metadata).toMatchObject({ labels: { a: '1', b: '2', c: '3' }, annotations: { note: '한국어' } })
    expect(patched.spec?.template.spec?.containers).toMatchObject([{ image: 'nginx', ports: [{ containerPort: 80 }], env: [{ name: 'COLOUR', value: 'blue' }] }])
    await settled()
    await kubectl.done(['edit', DEPLOYMENT], { env: { KUBE_EDITOR: 'sed -i "s/value: blue/value: green/"' } })
    await settled()
    // kubectl picks one of the deployment's pods, and may pick one that is just ending.
    await eventually('an exec into a pod of the new template', async () => (await kubectl.run(['exec', DEPLOYMENT, '--', 'sh', '-c', 'echo $COLOUR'])).stdout === 'green\n')
    const diff = await kubectl.run(['diff', '-f', '-'], { input: (await kubectl.ok('get', DEPLOYMENT, '-o', 'yaml')).replace('value: green', 'value: red') })
    expect(diff).toMatchObject({ code: 1, stdout: expect.stringMatching(/-\s+value: green\n\+\s+value: red/) as string })
    expect((await kubectl.get<Deployment>(DEPLOYMENT)).spec?.template.spec?.containers[0]?.env?.[0]?.value).toBe('green')
    expect(await kubectl.ok('wait', '--for=condition=Available', DEPLOYMENT, '--timeout=60s')).toMatch(/condition met/)
    await kubectl.ok('wait', '--for=condition=Ready', 'pod', '-l', 'app=my-website', '--timeout=60s')
  })

  test('scale and rollout', async () => {
    await kubectl.ok('scale', DEPLOYMENT, '--replicas=1')
    await eventually('one pod', async () => (await names()).length === 1)
    expect(await kubectl.refused(['scale', DEPLOYMENT, '--current-replicas=7', '--replicas=2'])).toMatch(/[Ee]xpected replicas to be 7/)
    await kubectl.ok('set', 'image', DEPLOYMENT, 'my-website-container=nginx:other')
    await kubectl.ok('annotate', DEPLOYMENT, 'kubernetes.io/change-cause=the other', '--overwrite')
    await settled()
    expect(await kubectl.ok('rollout', 'history', DEPLOYMENT)).toMatch(/REVISION +CHANGE-CAUSE\n(\d .*\n)+.*the other/)
    expect(await kubectl.ok('rollout', 'history', DEPLOYMENT, '--revision=1')).toMatch(/Image:\s+nginx\n/)
    await kubectl.ok('rollout', 'undo', DEPLOYMENT, '--to-revision=1')
    await settled()
    expect((await kubectl.get<Deployment>(DEPLOYMENT)).spec?.template.spec?.containers[0]?.image).toBe('nginx')
    const before = await names()
    await kubectl.ok('rollout', 'restart', DEPLOYMENT)
    await settled()
    expect(await names()).not.toEqual(before)
    await kubectl.ok('rollout', 'pause', DEPLOYMENT)
    expect(await kubectl.refused(['rollout', 'restart', DEPLOYMENT])).toMatch(/paused/)
    await kubectl.ok('rollout', 'resume', DEPLOYMENT)
  })

  test('run, create and what is not there yet', async () => {
    await kubectl.ok('create', 'configmap', 'settings', '--from-literal=a=1', `--from-file=${SAMPLE}`)
    await kubectl.ok('create', 'secret', 'generic', 'keys', '--from-literal=password=s3cret')
    expect(await kubectl.ok('describe', 'secret', 'keys')).toMatch(/password: +6 bytes/)
    expect(await kubectl.ok('get', 'secret', 'keys', '-o', 'jsonpath={.data.password}')).toBe(Buffer.from('s3cret').toString('base64'))
    expect(await kubectl.ok('create', 'deployment', 'later', '--image=nginx', '--dry-run=server', '-o', 'yaml')).toMatch(/image: nginx/)
    expect(await kubectl.refused(['get', 'deployment', 'later'])).toMatch(/NotFound.*"later" not found/)
    expect(await kubectl.ok('run', 'once', '--image=busybox', '--restart=Never', '--', 'sh', '-c', 'echo ran; exit 3')).toMatch(/pod\/once created/)
    await eventually('it to end', async () => (await kubectl.get<Pod>('pod', 'once')).status?.phase === 'Failed')
    expect(await kubectl.ok('logs', 'once')).toBe('ran\n')
    expect(await kubectl.ok('get', 'pod', 'once')).toMatch(/0\/1 +Error +0/)
    expect(await kubectl.ok('run', 'asked', '--image=busybox', '--restart=Never', '--rm', '-i', '--', 'echo', 'attached')).toMatch(/attached[^]*pod "asked" deleted/)
    const polite = /doesn't have a resource type|could not find the requested resource|no matches for kind|not found/
    expect(await kubectl.ok('auth', 'can-i', 'get', 'pods')).toMatch(/^yes/)
    expect(await kubectl.refused(['get', 'podsecuritypolicies'])).toMatch(polite)
  })

  test('delete takes the pods and their containers with it', async () => {
    const before = await site.containers.of(APP, { role: 'app' })
    const [pod = ''] = await names()
    await kubectl.ok('delete', 'pod', pod)
    await eventually('another', async () => { const now = await names(); return now.length === 1 && now[0] !== pod })
    expect(await kubectl.ok('delete', '-f', SAMPLE, '--wait')).toBe(`deployment.apps "${APP}" deleted\n`)
    await kubectl.ok('delete', 'service/site', 'pod/once', 'configmap/settings')
    await eventually('no pod, no ReplicaSet', async () => (await names()).length === 0 && (await kubectl.get<ReplicaSetList>('rs')).items.length === 0)
    await eventually('no container', async () => (await site.containers.of(APP, { all: true })).length === 0)
    console.log(`kubectl ${version}: ${before.map((c) => c.id.slice(0, 12)).join(' ')} are gone`)
  })
}
