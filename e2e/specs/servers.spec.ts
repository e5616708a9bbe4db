import { writeFile } from 'node:fs/promises'
import { BareDesk } from '../harness/bare-desk.ts'
import { Containers } from '../harness/containers.ts'
import type { Lab } from '../lab/lab.ts'
import { run } from '../lab/run.ts'
import { AddServerDialog } from '../pages/add-server.ts'
import { DesktopApp } from '../pages/desktop-app.ts'
import { expect, test } from '@playwright/test'

// Three servers become one cluster by clicks, each logged in to in another way, the wrong ways first.
const PASSWORD = 'correct horse'
let desk: BareDesk
let lab: Lab
let app: DesktopApp

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  desk = await BareDesk.up(3)
  ;({ lab } = desk)
  // The second lets a user of the docker group in by password only; the third is an entry of the configuration.
  await desk.ssh.user(lab.host(2), 'deploy', PASSWORD, ['docker'])
  await desk.ssh.sshd(lab.host(2), 2201, ['UsePAM yes', 'PasswordAuthentication yes', 'PubkeyAuthentication no'])
  await desk.putKey('jump')
  await writeFile(desk.file('config'), `Host third\n  HostName ${lab.host(3).address}\n  User root\n  IdentityFile ${desk.file('jump')}\n  ProxyJump root@${lab.host(1).address}\nHost ${lab.host(1).address}\n  IdentityFile ${desk.file('jump')}\n`)
  app = await DesktopApp.openDesk(desk.home)
})
test.afterAll(async () => {
  await app?.close()
  await desk?.down()
})

test('by a key file, after a wrong address and a key that is not there: nothing that was typed is lost', async () => {
  const add = new AddServerDialog(app.page)
  const host = lab.host(1)
  await add.begin({ Server: '127.0.0.1', Port: '9', User: 'root', login: 'A key file', 'Key file': '~/.ssh/none' })
  await expect(add.dialog.getByRole('alert')).toContainText(/refuse|nothing listens|cannot be reached/i)
  await add.fill({ Server: host.address, Port: '22' })
  await add.submit()
  await add.trust(await desk.fingerprint(host))
  await expect(add.dialog.getByRole('alert')).toContainText('there is no such file')
  await add.dialog.getByRole('combobox', { name: 'Key file' }).fill('~/.ssh/work')
  await add.submit()
  await add.done(host.name)
})

test('by a password, wrong at first, as a member of the docker group', async () => {
  const add = new AddServerDialog(app.page)
  const host = lab.host(2)
  await add.begin({ Server: `deploy@${host.address}:2201`, login: 'Password' })
  await add.trust(await desk.fingerprint(host))
  await add.password('wrong')
  await expect(add.dialog.getByRole('alert')).toContainText('not accepted')
  await add.password(PASSWORD)
  await add.done(host.name)
})

test('by an entry of ~/.ssh/config, through a jump host', async () => {
  const add = new AddServerDialog(app.page)
  await add.begin({ Server: 'third', login: 'As ssh would' })
  await add.trust(await desk.fingerprint(lab.host(3)))
  await add.done(lab.host(3).name)
})

test('the same server a second time is refused with its name', async () => {
  const add = new AddServerDialog(app.page)
  await add.begin({ Server: 'third', login: 'As ssh would' })
  await expect(add.dialog.getByRole('alert')).toContainText(`This is the server ${lab.host(3).name}, which is in the cluster already`)
  await add.dialog.getByRole('button', { name: 'Cancel' }).click()
})

test('the sample website runs on all three', async () => {
  const toque = app.page
  await toque.go('Editor')
  await toque.reviewAndApply()
  await toque.expectReady(3)
  for (const host of lab.hosts) {
    const found = await new Containers(host).of('my-website', { role: 'app' })
    console.log(host.name, found.map((c) => c.id.slice(0, 12)).join(' '))
    expect(found).toHaveLength(1)
  }
})

test('the pod network goes another way by a click, and back; every node shows it', async () => {
  const toque = app.page
  await toque.go('Nodes')
  await expect(toque.main.getByText('Plain routes')).toHaveCount(3)
  for (const [choice, shown] of [['VXLAN', 'VXLAN'], ['Automatic', 'Plain routes']] as const) {
    await toque.page.getByRole('button', { name: 'Pod network' }).click()
    const dialog = toque.page.getByRole('dialog')
    await dialog.getByRole('radio', { name: new RegExp(`^${choice}:`) }).check({ force: true })
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await expect(dialog).toBeHidden()
    await expect(toque.main.getByText(new RegExp(`Pod network:\\s*${shown}$`))).toHaveCount(3)
  }
})

test('a terminal on a server', async () => {
  const toque = app.page
  const { name } = lab.host(2)
  await toque.go('Nodes')
  await toque.main.getByRole('link', { name }).click()
  await toque.tab('Terminal')
  const terminal = toque.page.getByRole('region', { name: /Terminal/ }).first()
  await terminal.getByRole('textbox').first().focus()
  await toque.page.keyboard.type('echo $(id -un)-at-$(hostname)\n')
  await expect(terminal).toContainText(`deploy-at-${name}`)
})

test('no secret is in plain on the desk\'s disk', async () => {
  const { stdout } = await run('grep', ['-rlF', PASSWORD, desk.home], { anyCode: true })
  expect(stdout).toBe('')
})

test('a server is removed with its plan shown first; its pod runs elsewhere', async () => {
  const toque = app.page
  const { name } = lab.host(3)
  await toque.go('Nodes')
  await toque.main.getByRole('link', { name }).click()
  await toque.page.getByRole('button', { name: 'Remove from the cluster' }).click()
  const dialog = toque.page.getByRole('dialog')
  await expect(dialog).toContainText('my-website-deployment')
  await dialog.getByRole('button').last().click()
  await expect(dialog).toBeHidden()
  await toque.openApp('my-website-deployment')
  await toque.expectReady(3)
  expect(await new Containers(lab.host(3)).of('', { all: true })).toEqual([])
})
