import { expect } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { podsUntil } from '../apps/workloads.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { listUntil } from '../framework/objects.ts'
import { SHELL, WEB } from '../framework/pods.ts'
import { serving } from './primary.ts'

const DEMO = { name: 'update-demo', version: 'nautilus' }
const CONTROLLER = JSON.stringify({
  apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'update-demo-nautilus' },
  spec: { replicas: 2, selector: DEMO, template: { metadata: { labels: DEMO }, spec: { containers: [{ name: 'update-demo', image: WEB, ports: [{ containerPort: 80, protocol: 'TCP' }] }] } } },
})

/** By kubectl's templates, as upstream: so many pods, all running, each of the image, each of which answers. */
async function validated(f: Framework, count: number): Promise<void> {
  await podsUntil(f, DEMO, count)
  const names = (await f.kubectl(['get', 'pods', '-o', 'template', '--template={{range.items}}{{.metadata.name}} {{end}}', '-l', 'name=update-demo'])).split(' ').filter((name) => name !== '')
  expect(names).toHaveLength(count)
  for (const name of names) {
    const running = await f.kubectl(['get', 'pods', name, '-o', 'template', '--template={{if (exists . "status" "containerStatuses")}}{{range .status.containerStatuses}}{{if (and (eq .name "update-demo") (exists . "state" "running"))}}true{{end}}{{end}}{{end}}'])
    expect(running).toBe('true')
    const image = await f.kubectl(['get', 'pods', name, '-o', 'template', '--template={{if (exists . "spec" "containers")}}{{range .spec.containers}}{{if eq .name "update-demo"}}{{.image}}{{end}}{{end}}{{end}}'])
    expect(image).toBe(WEB)
    expect((await f.client.ask('GET', f.core('pods', `${name}/proxy/index.html`))).code).toBe(200)
  }
}

conformance('[sig-cli] Kubectl client Update Demo should create and stop a replication controller', async (f) => {
  await f.kubectl(['create', '-f', '-'], CONTROLLER)
  await validated(f, 2)
  await f.kubectl(['delete', '--grace-period=0', '--force', '-f', '-'], CONTROLLER)
  await listUntil<Pod>(f, f.core('pods'), { labelSelector: 'name=update-demo' }, 'nothing left', (pods) => pods.length === 0)
  expect(await f.kubectl(['get', 'rc,svc', '-l', 'name=update-demo', '--no-headers'])).toBe('')
})

conformance('[sig-cli] Kubectl client Update Demo should scale a replication controller', async (f) => {
  await f.kubectl(['create', '-f', '-'], CONTROLLER)
  await validated(f, 2)
  await f.kubectl(['scale', 'rc', 'update-demo-nautilus', '--replicas=1', '--timeout=5m'])
  await validated(f, 1)
  await f.kubectl(['scale', 'rc', 'update-demo-nautilus', '--replicas=2', '--timeout=5m'])
  await validated(f, 2)
  await f.kubectl(['delete', '--grace-period=0', '--force', '-f', '-'], CONTROLLER)
})

/** A page that is what the primary says, as each frontend asks it by its service's name. */
const FRONTEND = 'mkdir -p /www/cgi-bin && printf "#!/bin/sh\\necho\\nexec wget -qO- http://agnhost-primary:6379/index.html\\n" > /www/cgi-bin/guestbook && chmod +x /www/cgi-bin/guestbook && exec httpd -f -p 80 -h /www'

function part(name: string, replicas: number, labels: Record<string, string>, port: number, command: string[]): string[] {
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name, labels }, spec: { ports: [{ port }], selector: labels } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: SHELL, command, ports: [{ containerPort: port }], resources: { requests: { cpu: '10m', memory: '10Mi' } } }] } } } },
  ].map((object) => JSON.stringify(object))
}

conformance('[sig-cli] Kubectl client Guestbook application should create and stop a working application', async (f) => {
  const frontend = { app: 'guestbook', tier: 'frontend' }
  const manifests = [
    ...part('agnhost-replica', 2, { app: 'agnhost', role: 'replica', tier: 'backend' }, 6379, serving(6379, 'replica').command),
    ...part('frontend', 3, frontend, 80, ['sh', '-c', FRONTEND]),
    ...part('agnhost-primary', 1, { app: 'agnhost', role: 'primary', tier: 'backend' }, 6379, serving(6379, 'TestEntry').command),
  ]
  for (const manifest of manifests) await f.kubectl(['create', '-f', '-'], manifest)
  await podsUntil(f, frontend, 3)
  const page = await eventually('the page', async () => {
    const { code, body } = await f.client.ask<string>('GET', f.core('services', 'frontend:80/proxy/cgi-bin/guestbook'))
    return code === 200 && body.includes('TestEntry') ? body : undefined
  })
  expect(page).toBe('TestEntry\n')
  for (const manifest of manifests) await f.kubectl(['delete', '--grace-period=0', '--force', '-f', '-'], manifest)
  await listUntil<Pod>(f, f.core('pods'), {}, 'nothing left', (pods) => pods.length === 0)
})
