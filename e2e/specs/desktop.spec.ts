import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { repository } from '../lab/places.ts'
import { DesktopApp } from '../pages/desktop-app.ts'
import type { ToquePage } from '../pages/toque-page.ts'
import { expect, test } from './fixtures.ts'

const NAME = 'my-website-deployment'
const SAMPLE = readFileSync(join(repository, 'resources/samples/my-website.yaml'), 'utf8')
const NODE_PORT = 30080
const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: my-website
spec:
  type: NodePort
  selector:
    app: my-website
  ports:
  - port: 80
    nodePort: ${String(NODE_PORT)}
`

test.describe.configure({ mode: 'serial' })

let app: DesktopApp
let toque: ToquePage
test.beforeAll(async ({ host, data }) => {
  app = await DesktopApp.open(host, data)
  toque = app.page
})
test.afterAll(() => app.close())

/** The app containers on the server: Docker's ID and start of each, from Docker itself. */
async function containersOn(host: LabHost): Promise<string[]> {
  const docker = new Docker({ socketPath: host.dockerSocket })
  const listed = await docker.listContainers({ filters: { label: [`${DockerLabel.role}=app`] } })
  const seen = await Promise.all(listed.map(async ({ Id }) => {
    const { State } = await docker.getContainer(Id).inspect()
    return `${Id.slice(0, 12)} started ${State.StartedAt} pid ${String(State.Pid)}`
  }))
  return seen.sort()
}

test('the sample is deployed by clicks: three run', async ({ host }) => {
  await toque.go('Editor')
  await expect(toque.page.getByText('The cluster accepts this.')).toBeVisible()
  await toque.reviewAndApply()
  await toque.expectReady(3)
  // One more was there, where another spec scaled it up: it is on its way out.
  await expect.poll(async () => (await containersOn(host)).length).toBe(3)
  console.log((await containersOn(host)).join('\n'))
})

test('they answer through a Service', async ({ host }) => {
  await toque.go('Editor')
  await toque.write(SERVICE)
  await toque.reviewAndApply()
  await toque.openApp(NAME)
  await expect(toque.page.getByText(`${host.address}:${String(NODE_PORT)}`)).toBeVisible()
  await expect(async () => {
    const answer = await fetch(`http://${host.address}:${String(NODE_PORT)}/`)
    expect(await answer.text()).toContain('nginx')
  }).toPass()
})

test('scaling follows the stepper', async ({ host }) => {
  await toque.page.getByRole('button', { name: 'One replica more' }).click()
  await toque.expectReady(4)
  await toque.page.getByRole('button', { name: 'One replica fewer' }).click()
  await toque.expectReady(3)
  await expect.poll(async () => (await containersOn(host)).length).toBe(3)
})

test('another image rolls out with live progress, and is rolled back', async ({ host }) => {
  const before = await containersOn(host)
  await toque.changeImage('nginx:latest')
  await expect(toque.page.getByRole('region', { name: 'Rollout' }).getByRole('progressbar')).toBeVisible()
  await expect(toque.page.getByRole('region', { name: 'Rollout' })).toBeHidden()
  await toque.expectReady(3)
  await expect.poll(async () => (await containersOn(host)).filter((c) => before.includes(c))).toEqual([])
  const between = await containersOn(host)
  await toque.rollBack(1)
  // The page may not have heard of it yet when the click is done: what runs tells when it is over.
  await expect.poll(async () => {
    const now = await containersOn(host)
    return [now.length, now.filter((c) => between.includes(c))]
  }).toEqual([3, []])
  await expect(toque.page.getByRole('region', { name: 'Rollout' })).toBeHidden()
  await toque.expectReady(3)
})

test('an image that is not there stops the rollout, says why, and is rolled back', async ({ host }) => {
  const before = await containersOn(host)
  await toque.changeImage('no-such-image:1')
  await expect(toque.page.getByRole('region', { name: 'Rollout' })).toBeVisible()
  await expect(toque.page.getByText('Image cannot be pulled').first()).toBeVisible()
  expect(await containersOn(host)).toEqual(before)
  await toque.rollBack(3)
  await toque.expectReady(3)
  await expect(toque.page.getByRole('region', { name: 'Rollout' })).toBeHidden()
  expect(await containersOn(host)).toEqual(before)
})

test('logs and a terminal of a pod', async ({ host }) => {
  await fetch(`http://${host.address}:${String(NODE_PORT)}/`)
  await toque.openFirstPod(3)
  await toque.tab('Logs')
  await expect(toque.page.getByRole('log', { name: 'Logs' })).toBeVisible()
  await toque.tab('Terminal')
  await toque.page.getByRole('region', { name: 'Terminal' }).getByRole('textbox').focus()
  await toque.page.keyboard.type('echo answer-$((6*7))\n')
  await expect(toque.page.getByRole('region', { name: 'Terminal' })).toContainText('answer-42')
})

test('what is wrong with a text is shown at its line, and nothing is applied', async () => {
  await toque.go('Editor')
  for (const [wrong, text, line] of [
    ['broken YAML', SAMPLE.replace('replicas: 3', 'replicas: "3'), undefined],
    ['an unknown field', SAMPLE.replace('replicas: 3', 'replcas: 3'), 6],
    ['a wrong type', SAMPLE.replace('replicas: 3', 'replicas: three'), 6],
    ['a missing image', SAMPLE.replace(/ {8}image.*\n/, ''), 16],
  ] as const) {
    await test.step(wrong, async () => {
      await toque.write(text)
      await expect(toque.problems).toBeVisible()
      if (line !== undefined) await expect(toque.problems.getByRole('button', { name: `line ${String(line)}` })).toBeVisible()
      await expect(toque.page.getByRole('button', { name: 'Apply', exact: true })).toBeDisabled()
    })
  }
  await toque.write(SAMPLE)
})

test('the engine is killed: the page recovers, and no container is touched', async ({ host }) => {
  await toque.openApp(NAME)
  await toque.expectReady(3)
  const before = await containersOn(host)
  console.log(`engine process ${String(await app.killEngine())} killed`)
  await expect(toque.page.getByText('The engine cannot be reached.')).toHaveCount(0)
  await toque.page.getByRole('button', { name: 'One replica more' }).click()
  await toque.expectReady(4)
  const after = await containersOn(host)
  expect(after.filter((c) => before.includes(c))).toEqual(before)
  await toque.page.getByRole('button', { name: 'One replica fewer' }).click()
  await toque.expectReady(3)
})

test('closed and opened again: the view is right and nothing was restarted', async ({ host, data }) => {
  await expect.poll(async () => (await containersOn(host)).length).toBe(3)
  const before = await containersOn(host)
  await app.close()
  expect(await containersOn(host)).toEqual(before)
  app = await DesktopApp.open(host, data)
  toque = app.page
  await toque.openApp(NAME)
  await toque.expectReady(3)
  expect(await containersOn(host)).toEqual(before)
})

test('Docker stopped: the page says so, and all is well again when Docker is back', async ({ host }) => {
  await host.stopDocker()
  await expect(toque.banner.getByText('Docker does not answer.').first()).toBeVisible()
  await host.startDocker()
  await expect(toque.page.getByText('Docker does not answer.')).toHaveCount(0)
  await toque.expectReady(3)
})
