import { rm } from 'node:fs/promises'
import { expect, test } from '@playwright/test'
import { website } from '../harness/manifests.ts'
import { openScreens } from '../harness/screens.ts'
import { Team } from '../harness/team.ts'
import { AddServerDialog } from '../pages/add-server.ts'
import { DesktopApp } from '../pages/desktop-app.ts'

// A laptop is lost. On another one somebody types the address of a server, and the recovery key.
let team: Team
let home: string
let app: DesktopApp
let recoveryKey: string

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  team = await Team.up(2)
  await team.apply(website({ name: 'site', image: 'nginx:1.22', replicas: 2, nodePort: 30101 }))
  await team.rolloutDone('site')
  const page = await openScreens(team.toque.url)
  recoveryKey = await page.services.driving.recoveryKey()
  page.close()
  await team.toque.end('SIGKILL')
  home = await team.anotherHome()
  app = await DesktopApp.openDesk(home)
})
test.afterAll(async () => {
  await app?.close()
  await team?.down()
  if (home !== undefined) await rm(home, { recursive: true, force: true })
})

test('the server says whose it is; a key with a mistake is refused, the right one shows the cluster', async () => {
  const add = new AddServerDialog(app.page)
  await add.begin({ Server: team.lab.host(1).address, User: 'root', login: 'As ssh would' })
  await expect(add.dialog.getByText('This server belongs to a cluster')).toBeVisible()
  const key = add.dialog.getByRole('textbox', { name: 'Recovery key' })
  await key.fill(recoveryKey.slice(0, 20))
  await add.dialog.getByRole('button', { name: 'Show the cluster' }).click()
  await expect(add.dialog.getByRole('alert')).toContainText('of 36 characters')
  await key.fill(recoveryKey.toLowerCase())
  await add.dialog.getByRole('button', { name: 'Show the cluster' }).click()
  await expect(add.dialog.getByText(/This desk shows the cluster of/)).toBeVisible()
  await add.dialog.getByRole('button', { name: 'Look on' }).click()
  await expect(app.page.page.getByText(/This desk looks on, live from the copy on/)).toBeVisible()
  for (const host of team.hosts) await expect(app.page.main.getByText(host.name)).toBeVisible()
})

test('nothing can be changed until it is taken over', async () => {
  const { page } = app.page
  await app.page.go('Apps')
  await app.page.main.getByRole('link', { name: 'site' }).first().click()
  await page.getByRole('spinbutton').press('ArrowUp')
  await expect(page.getByText(/only looks on/).first()).toBeVisible()
})

test('taken over by a click, after a plan; what runs goes on, and can be changed', async () => {
  const { page } = app.page
  const before = (await Promise.all(team.hosts.map((host) => team.containers(host).of('site')))).flat().map((c) => c.id).sort()
  await page.getByRole('button', { name: 'Take over…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('No container is touched: what runs goes on running.')).toBeVisible()
  await dialog.getByRole('button', { name: 'Take over', exact: true }).click()
  await expect(dialog.getByText('This desk drives the cluster now.')).toBeVisible()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(page.getByText(/looks on/)).toHaveCount(0)
  await page.getByRole('spinbutton').press('ArrowUp')
  await expect.poll(async () => (await Promise.all(team.hosts.map((host) => team.containers(host).of('site', { role: 'app' })))).flat().length).toBe(3)
  const after = (await Promise.all(team.hosts.map((host) => team.containers(host).of('site')))).flat().map((c) => c.id)
  expect(before.filter((id) => !after.includes(id))).toEqual([])
})

test('the recovery key is the same, and is asked for until somebody has kept it', async () => {
  const { page } = app.page
  await app.page.go('Nodes')
  await expect(page.getByText('Keep the recovery key.')).toBeVisible()
  await app.page.main.getByRole('button', { name: 'Recovery key' }).click()
  await expect(page.getByRole('dialog').getByText(recoveryKey)).toBeVisible()
  await page.getByRole('dialog').getByRole('button', { name: 'I have kept it' }).click()
  await expect(page.getByText('Keep the recovery key.')).toHaveCount(0)
})
