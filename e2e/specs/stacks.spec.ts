import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { docker } from '../harness/floors.ts'
import { beginSwarm } from '../harness/swarm-team.ts'
import { Lab } from '../lab/lab.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { run } from '../lab/run.ts'
import { DesktopApp } from '../pages/desktop-app.ts'
import { StacksPages } from '../pages/stacks.ts'
import type { ToquePage } from '../pages/toque-page.ts'

// A team's website on three servers that are a swarm, by clicks: from a Compose file to its removal. The lab's kernel has no IP_VS: endpoint_mode dnsrr, and ports of the nodes.
const FIRST_KEY = 'first-key-4711'
const SECOND_KEY = 'second-key-0815'
const DEPLOY = 'endpoint_mode: dnsrr, restart_policy: {delay: 0s}, update_config: {parallelism: 0, monitor: 1s, failure_action: rollback}'
// No port of a node is in the way: the new ones start beside the old ones.
const DEPLOY_FIRST = 'endpoint_mode: dnsrr, restart_policy: {delay: 0s}, update_config: {parallelism: 0, monitor: 1s, failure_action: rollback, order: start-first}, rollback_config: {parallelism: 0, monitor: 1s, order: start-first}'
const STACK = `name: bistro
services:
  web:
    image: nginx:1.22
    container_name: front
    networks: [front]
    ports: [{target: 80, published: 8080, mode: host}]
    secrets: [key]
    stop_grace_period: 1s
    deploy: {replicas: 2, ${DEPLOY}}
  api:
    image: toque/testapp:v1
    networks: [front, back]
    secrets: [key]
    stop_grace_period: 1s
    deploy: {replicas: 2, ${DEPLOY_FIRST}}
  db:
    image: postgres
    networks: [back]
    volumes: ["data:/var/lib/postgresql/data"]
    deploy: {endpoint_mode: dnsrr, placement: {constraints: [node.role == manager]}}
networks: {front: {}, back: {}}
volumes: {data: {}}
secrets: {key: {file: ./key.txt}}
`
const IMAGES = ['nginx:1.22', 'toque/testapp:v1', 'toque/testapp:v2', 'toque/testapp:broken', 'postgres']
const THEIRS = `version: "3.8"
services:
  one: {image: nginx:1.22, stop_grace_period: 1s, deploy: {${DEPLOY}}}
  two: {image: nginx:1.22, stop_grace_period: 1s, deploy: {${DEPLOY}}}
`

let lab: Lab
let manager: LabHost
let data: string
let app: DesktopApp
let toque: ToquePage
let stacks: StacksPages
let pulled: Promise<unknown>

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  lab = await Lab.up({ hosts: 3 })
  manager = await beginSwarm(lab.hosts)
  // While nobody needs them yet.
  pulled = Promise.all(lab.hosts.flatMap((host) => IMAGES.map((image) => docker(host, 'pull', '--quiet', image))))
  pulled.catch(() => undefined)
  data = await mkdtemp(join(tmpdir(), 'toque-stacks-'))
  app = await DesktopApp.open(manager, data)
  toque = app.page
  stacks = new StacksPages(toque)
  await toque.chooseMode('Swarm')
})
test.afterAll(async () => {
  await app?.close()
  await lab?.down()
  if (data !== undefined) await rm(data, { recursive: true, force: true })
})

// What the swarm itself says, where a test failed.
test.afterEach(async ({}, { status, expectedStatus }) => {
  if (status === expectedStatus) return
  for (const words of [['service', 'ls'], ['service', 'inspect', '--format', '{{json .UpdateStatus}} {{json .PreviousSpec}} {{json .Spec}}', 'bistro_api'], ['service', 'ps', '--no-trunc', 'bistro_api']]) console.error(await docker(manager, ...words).catch(String))
})

/** Running containers of a service on all servers. */
async function containersOf(service: string): Promise<{ host: LabHost; id: string }[]> {
  const found = await Promise.all(lab.hosts.map(async (host) => (await docker(host, 'ps', '--quiet', '--no-trunc', '--filter', `label=com.docker.swarm.service.name=${service}`)).split('\n').filter(Boolean).map((id) => ({ host, id }))))
  return found.flat()
}

test('what is wrong with a Compose text is said at its line', async () => {
  await toque.go('Editor')
  await stacks.expectProblem('name: bad\nservices:\n  web:\n    imag: nginx\n', 'services.web has no key "imag"', 4)
  await stacks.expectProblem('version: "2"\nname: bad\nservices: {web: {image: nginx}}\n', 'Version 2 of the Compose format is not supported', 1)
  await stacks.expectProblem('name: bad\nservices:\n  a: {image: nginx, ports: ["80:1"]}\n  b: {image: nginx, ports: ["80:2"]}\n', 'The port 80 is published by a and by b', 4)
  const external = 'name: bad\nservices: {web: {image: nginx, networks: [gone], secrets: [nowhere]}}\nnetworks:\n  gone: {external: true}\nsecrets:\n  nowhere: {external: true}\n'
  await stacks.expectProblem(external, 'The network "gone" is declared as external', 4)
  await stacks.expectProblem(external, 'The secret "nowhere" is declared as external', 6)
  // Keys are completed where they belong, with Swarm's word on them.
  await toque.write('name: bad\nservices:\n  web:\n    image: nginx\n    ')
  await toque.page.keyboard.type('contain')
  await expect(toque.page.getByRole('option', { name: /^container_name/ })).toContainText('no effect in Swarm')
  await toque.page.keyboard.press('Escape')
  await toque.page.keyboard.press('ControlOrMeta+Backspace')
  await toque.page.keyboard.type('depl')
  await toque.page.getByRole('option', { name: 'deploy', exact: true }).click()
  await toque.page.keyboard.type('end')
  await expect(toque.page.getByRole('option', { name: 'endpoint_mode' })).toBeVisible()
  await toque.page.keyboard.press('Escape')
  // So are the labels by which a service asks for what Swarm lacks.
  await toque.write('name: bad\nservices:\n  web:\n    image: nginx\n    deploy:\n      labels:\n        ')
  await toque.page.keyboard.type('toque.can')
  await expect(toque.page.getByRole('option', { name: 'toque.canary.image' })).toBeVisible()
  await toque.page.keyboard.press('Escape')
})

test('web, api and db are deployed from a Compose file; what Swarm ignores is said, and a secret is kept nowhere', async () => {
  await pulled
  await toque.write(STACK)
  await expect(toque.problems).toContainText('services.web.container_name has no effect in Swarm')
  await expect(toque.problems).toContainText('The file "./key.txt" was not given')
  await stacks.giveFile('./key.txt', FIRST_KEY)
  await expect(toque.problems).not.toContainText('was not given')
  await stacks.deploy('bistro')
  await stacks.expectService('bistro_web', 2)
  await stacks.expectService('bistro_api', 2)
  await stacks.expectService('bistro_db', 1)
  const [web] = await containersOf('bistro_web')
  expect(web && await docker(web.host, 'exec', web.id, 'cat', '/run/secrets/key')).toBe(FIRST_KEY)
  expect((await run('grep', ['-rlF', FIRST_KEY, data], { anyCode: true })).stdout).toBe('')
})

test('scaled by a click', async () => {
  await toque.openApp('bistro_api')
  await toque.page.getByRole('button', { name: 'One replica more' }).click()
  await toque.expectReady(3)
})

test('an update that fails is taken back by Swarm, and the screen says why; a good one goes through', async () => {
  await toque.changeImage('toque/testapp:broken')
  await expect(toque.main.getByText(/The last update \(toque\/testapp:broken\) was taken back/).first()).toBeVisible({ timeout: 150_000 })
  await expect(toque.main.getByText(/exit code 1/).first()).toBeVisible()
  await toque.expectReady(3)
  await toque.changeImage('toque/testapp:v2')
  await expect(toque.main.getByText('toque/testapp:v2').first()).toBeVisible()
  await expect.poll(async () => (await docker(manager, 'service', 'inspect', '--format', '{{.UpdateStatus.State}}', 'bistro_api')), { timeout: 150_000 }).toBe('completed')
  await toque.expectReady(3)
})

test('what a service asks for by labels is shown on it: an image that is tried beside it, and an alert', async () => {
  const label = (...words: string[]): Promise<string> => docker(manager, 'service', 'update', '--detach', '--quiet', ...words, 'bistro_api')
  const services = toque.main.getByRole('table', { name: 'Services' })
  await label('--label-add', 'toque.canary.image=toque/testapp:v1', '--label-add', 'toque.canary.pause=1h')
  await expect(toque.main.getByText(/bistro_api-canary runs beside it: toque\/testapp:v1 is tried, with 1 task beside 3\./).first()).toBeVisible({ timeout: 150_000 })
  await stacks.open('bistro')
  await stacks.expectService('bistro_api-canary', 1)
  await label('--label-add', 'toque.canary.image=')
  await expect(services.getByRole('row').filter({ hasText: 'bistro_api-canary' })).toHaveCount(0, { timeout: 150_000 })
  // Its tasks of the broken image are not long ago.
  await label('--label-add', 'toque.alert.restarts=0', '--label-add', 'toque.alert.window=1h')
  await toque.openApp('bistro_api')
  await expect(toque.main.getByText(/of its tasks ended by themselves within 1h: more than 0/).first()).toBeVisible()
  await toque.main.getByRole('tab', { name: 'Events' }).click()
  await expect(toque.main.getByText('Canary begun').first()).toBeVisible()
  await expect(toque.main.getByText('Tasks end again and again').first()).toBeVisible()
  await toque.main.getByRole('tab', { name: 'Overview' }).click()
  await label('--label-rm', 'toque.alert.restarts', '--label-rm', 'toque.alert.window')
  await toque.expectReady(3)
  await expect(toque.main.getByText(/of its tasks ended by themselves/)).toHaveCount(0)
})

test('a secret is rotated by clicks: the containers have the new content, and the old secret is gone', async () => {
  await stacks.rotate('bistro', 'key', SECOND_KEY, ['bistro_web', 'bistro_api'])
  const webs = await containersOf('bistro_web')
  expect(webs).toHaveLength(2)
  for (const { host, id } of webs) expect(await docker(host, 'exec', id, 'cat', '/run/secrets/key')).toBe(SECOND_KEY)
  expect((await docker(manager, 'secret', 'ls', '--format', '{{.Name}}')).split('\n')).toEqual([expect.stringMatching(/^bistro_key_[0-9a-f]{10}$/)])
  expect((await run('grep', ['-rlF', SECOND_KEY, data], { anyCode: true })).stdout).toBe('')
})

test('a node is drained: its tasks run on the others', async () => {
  const node = lab.host(2)
  await toque.go('Nodes')
  await toque.main.getByRole('link', { name: node.name, exact: true }).click()
  await toque.main.getByRole('button', { name: 'Drain' }).click()
  await stacks.dialog.getByRole('button', { name: 'Drain', exact: true }).click()
  await expect(stacks.dialog.getByText('is empty')).toBeVisible({ timeout: 150_000 }).catch(async (error: unknown) => { throw new Error(await stacks.dialog.innerText(), { cause: error }) })
  await toque.page.keyboard.press('Escape')
  await stacks.open('bistro')
  await stacks.expectService('bistro_api', 3)
  expect((await containersOf('bistro_api')).filter(({ host }) => host === node)).toEqual([])
})

test('a stack that the docker CLI made is there at once, and editing one of its services restarts no other', async () => {
  const file = join(data, 'theirs.yaml')
  await writeFile(file, THEIRS)
  await docker(manager, 'stack', 'deploy', '--compose-file', file, 'theirs')
  await stacks.open('theirs')
  await stacks.expectService('theirs_one', 1)
  await stacks.expectService('theirs_two', 1)
  const two = await containersOf('theirs_two')
  await toque.openApp('theirs_one')
  await toque.main.getByRole('button', { name: 'More actions' }).click()
  await toque.page.getByRole('menuitem', { name: 'Edit as YAML' }).click()
  await expect(toque.main.getByRole('heading', { name: 'Edit the stack theirs' })).toBeVisible()
  await expect(toque.yamlText).toContainText('name: theirs')
  const text = await toque.editedText()
  await toque.write(text.replace('one:\n    image: nginx:1.22', 'one:\n    environment: {GREETING: hello}\n    image: nginx:1.22'))
  await toque.page.getByRole('button', { name: 'Review changes' }).click()
  await expect(toque.page.getByRole('region', { name: 'Service theirs_one' })).toContainText('GREETING: hello')
  await expect(toque.page.getByRole('region', { name: 'Service theirs_two' })).toContainText('Unchanged')
  await toque.page.getByRole('button', { name: 'Apply', exact: true }).click()
  await stacks.expectStack('theirs')
  await expect.poll(() => docker(manager, 'service', 'inspect', '--format', '{{.Spec.TaskTemplate.ContainerSpec.Env}}', 'theirs_one')).toBe('[GREETING=hello]')
  expect(await containersOf('theirs_two')).toEqual(two)
})

test('a stack is removed after a look at what goes; its volume stays', async () => {
  await stacks.open('bistro')
  await stacks.remove('bistro', ['bistro_web', 'bistro_api', 'bistro_db', 'bistro_front', 'bistro_key_'])
  await expect(toque.main.getByRole('link', { name: 'theirs', exact: true })).toBeVisible()
  await expect(toque.main.getByRole('link', { name: 'bistro', exact: true })).toHaveCount(0)
  expect(await docker(manager, 'service', 'ls', '--quiet', '--filter', 'label=com.docker.stack.namespace=bistro')).toBe('')
  expect(await docker(manager, 'volume', 'ls', '--quiet', '--filter', 'name=bistro_data')).toBe('bistro_data')
})
