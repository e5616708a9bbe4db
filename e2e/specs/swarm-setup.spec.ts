import { expect, test } from '@playwright/test'
import { BareDesk } from '../harness/bare-desk.ts'
import { docker } from '../harness/floors.ts'
import type { LabHost } from '../lab/lab-host.ts'
import type { Lab } from '../lab/lab.ts'
import { run } from '../lab/run.ts'
import { AddServerDialog } from '../pages/add-server.ts'
import { DesktopApp } from '../pages/desktop-app.ts'
import { SwarmPage } from '../pages/swarm.ts'

// Three servers become a working swarm by clicks, the wrong ways among them. In order: each test goes on with what the one before has left.
let desk: BareDesk
let lab: Lab
let app: DesktopApp
let swarm: SwarmPage
let one: LabHost
let two: LabHost
let three: LabHost
/** What was on the screen at the end of each test. */
const shown: string[] = []

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  test.setTimeout(300_000)
  desk = await BareDesk.up(3)
  ;({ lab } = desk)
  ;[one, two, three] = [lab.host(1), lab.host(2), lab.host(3)]
  app = await DesktopApp.openDesk(desk.home)
  swarm = new SwarmPage(app.page)
  for (const host of lab.hosts) {
    const add = new AddServerDialog(app.page)
    await add.begin({ Server: host.address, User: 'root', login: 'A key file', 'Key file': '~/.ssh/work' })
    await add.trust(await desk.fingerprint(host))
    await add.done(host.name)
  }
  await app.page.chooseMode('Swarm')
})
test.afterEach(async () => { shown.push(await app.page.page.locator('body').innerText()) })
test.afterAll(async () => {
  await app?.close()
  await desk?.down()
})

/** A field of what a manager says of a node. */
const nodeField = (host: LabHost, template: string): Promise<string> => docker(one, 'node', 'inspect', host.name, '--format', template)

test('where there is no swarm the overview leads to where one is begun; a pool that hides a server is refused with another one', async () => {
  await app.page.main.getByRole('link', { name: 'Set up a swarm' }).click()
  await swarm.ask(one.name, 'Begin a swarm here…')
  await expect(swarm.dialog.getByRole('radio', { name: new RegExp(`^${one.address}: 2 of the other servers are in the same network`) })).toBeChecked()
  await swarm.dialog.getByText('More: overlay networks').click()
  await swarm.dialog.getByRole('textbox', { name: 'Pool of addresses' }).fill(`${one.address.split('.').slice(0, 2).join('.')}.0.0/16`)
  await swarm.review()
  await expect(swarm.dialog.getByRole('alert')).toContainText(/in which one of the servers is: overlay networks would hide it. Choose another pool, for instance \d/)
  await expect(swarm.dialog.getByRole('button', { name: 'Begin the swarm' })).toBeDisabled()
  await swarm.dialog.getByRole('button', { name: 'Back' }).click()
  await swarm.dialog.getByRole('textbox', { name: 'Pool of addresses' }).fill('')
  await swarm.review()
  await expect(swarm.step(`Begin a swarm on ${one.name}, known to the others as ${one.address}`)).toBeVisible()
  await swarm.run('Begin the swarm')
  await expect(swarm.row(one.name)).toContainText('Leader')
  await expect(swarm.banner('One manager')).toContainText('With three managers one may be lost')
})

test('a second manager is warned of before it joins, and afterwards', async () => {
  await swarm.ask(two.name, 'Join…')
  await swarm.role('Manager')
  await swarm.review()
  await expect(swarm.dialog).toContainText('Two managers are worse than one')
  await swarm.run('Join')
  await expect(swarm.row(two.name)).toContainText('Manager')
  await expect(swarm.banner('Two managers')).toContainText('the loss of either stops the swarm from being changed')
})

test('a server that is in another swarm is told as such, and leaves that to join; three managers are safe', async () => {
  await docker(three, 'swarm', 'init', '--advertise-addr', three.address)
  await expect(swarm.row(three.name)).toContainText('In another swarm')
  await swarm.ask(three.name, 'Leave it and join…')
  await swarm.role('Manager')
  await swarm.review()
  await expect(swarm.step(`Let ${three.name} leave the swarm that it is in`)).toBeVisible()
  await expect(swarm.dialog).toContainText(`What ${three.name} runs for its present swarm ends`)
  await swarm.run('Join')
  await expect(swarm.row(three.name)).toContainText('Manager')
  await expect(swarm.banner('Two managers')).toBeHidden()
  await expect(app.page.main.getByRole('region', { name: 'Managers' })).toContainText(/Safe[\s\S]*May still be lost\s*1/)
  expect((await docker(one, 'node', 'ls', '--format', '{{.ManagerStatus}}')).split('\n').sort()).toEqual(['Leader', 'Reachable', 'Reachable'])
})

test('a node gets a label, with what is wrong about another one said', async () => {
  await app.page.go('Nodes')
  await app.page.main.getByRole('link', { name: three.name }).click()
  await app.page.main.getByRole('button', { name: 'Labels…' }).click()
  await swarm.dialog.getByRole('button', { name: 'Add a label' }).click()
  await swarm.dialog.getByRole('textbox', { name: 'Name' }).fill('fast disk')
  await expect(swarm.dialog.getByRole('button', { name: 'Review changes' })).toBeDisabled()
  await swarm.dialog.getByRole('textbox', { name: 'Name' }).fill('disk')
  await swarm.dialog.getByRole('textbox', { name: 'Value' }).fill('ssd')
  await swarm.review()
  await expect(swarm.step(/disk=ssd/)).toBeVisible()
  await swarm.run('Change')
  await app.page.go('Nodes')
  await expect(app.page.main.getByRole('listitem').filter({ hasText: three.name })).toContainText('disk=ssd')
  expect(await nodeField(three, '{{.Spec.Labels.disk}}')).toBe('ssd')
})

test('a node is drained with its tasks shown, and takes tasks again', async () => {
  const toque = app.page
  await docker(one, 'service', 'create', '--detach', '--name', 'kept', '--endpoint-mode', 'dnsrr', '--constraint', `node.hostname!=${one.name}`, '--stop-grace-period', '0s', 'busybox', 'sleep', '9999')
  await toque.go('Tasks')
  const task = toque.page.getByRole('row').filter({ hasText: 'kept.1.' }).filter({ hasText: 'Running' }).first()
  await expect(task).toBeVisible()
  const host = (await task.innerText()).includes(two.name) ? two : three
  await toque.go('Nodes')
  await toque.main.getByRole('link', { name: host.name }).click()
  await toque.main.getByRole('button', { name: 'Drain…' }).click()
  await expect(swarm.dialog).toContainText('kept.1.')
  await swarm.dialog.getByRole('button', { name: 'Drain', exact: true }).click()
  await expect(swarm.dialog.getByRole('status').first()).toContainText('The node is empty')
  await swarm.dialog.getByRole('button', { name: 'Close' }).last().click()
  expect(await nodeField(host, '{{.Spec.Availability}}')).toBe('drain')
  await toque.main.getByRole('button', { name: 'Give it tasks again…' }).click()
  await expect(swarm.dialog).toContainText('Swarm moves no task back by itself')
  await swarm.run('Change')
  expect(await nodeField(host, '{{.Spec.Availability}}')).toBe('active')
  await docker(one, 'service', 'rm', 'kept')
})

test('the doctor says that these servers\' kernels have no IP_VS, and what that means', async () => {
  await app.page.go('Doctor')
  await app.page.main.getByRole('button', { name: 'Examine' }).click()
  const finding = app.page.main.getByRole('listitem').filter({ hasText: 'IP_VS is missing in the kernel' })
  await expect(finding).toContainText(/with which Swarm makes virtual IPs and the ingress network[\s\S]*endpoint_mode: dnsrr/)
  for (const host of lab.hosts) await expect(finding.getByRole('link', { name: host.name })).toBeVisible()
})

test('the unlock key is shown once, to be written down; the desk keeps it sealed', async () => {
  await swarm.open()
  await app.page.main.getByRole('button', { name: 'Lock…' }).click()
  await expect(swarm.dialog).toContainText('without it a locked swarm cannot be opened by anybody')
  await swarm.dialog.getByRole('button', { name: 'Lock', exact: true }).click()
  const dialog = app.page.page.getByRole('dialog', { name: 'The unlock key' })
  const key = dialog.getByText(/^SWMKEY-1-/)
  await expect(key).toBeVisible()
  const text = await key.innerText()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(app.page.page.getByText(text)).toHaveCount(0)
  expect((await run('grep', ['-rlF', text.slice(9, 30), desk.home], { anyCode: true })).stdout).toBe('')
  expect(app.log.join('')).not.toContain(text.slice(9, 30))
  expect((await docker(one, 'info', '--format', '{{.Swarm.Cluster.Spec.EncryptionConfig.AutoLockManagers}}'))).toBe('true')
})

test('no join token was on the screen, in the log or on the desk\'s disk', async () => {
  const tokens = await Promise.all(['worker', 'manager'].map((role) => docker(one, 'swarm', 'join-token', '--quiet', role)))
  for (const secret of ['SWMTKN-', ...tokens.map((token) => token.slice(-20))]) {
    expect(shown.join('\n')).not.toContain(secret)
    expect(app.log.join('')).not.toContain(secret)
    expect((await run('grep', ['-rlF', secret, desk.home], { anyCode: true })).stdout).toBe('')
  }
})

test('the same servers are still the nodes of the Kubernetes cluster', async () => {
  await app.page.chooseMode('Kubernetes')
  await app.page.go('Nodes')
  for (const host of lab.hosts) await expect(app.page.main.getByRole('listitem').filter({ hasText: host.name }).getByText('Healthy')).toBeVisible()
})

test('the guide is found where the mode is chosen, knows the servers, and tells what would be right for more of them', async () => {
  const { page, main } = app.page
  await page.getByRole('radio', { name: 'Swarm' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Not sure? Which one fits you' }).click()
  const servers = main.getByRole('textbox', { name: 'How many servers are there?' })
  await expect(servers).toHaveValue('3')
  await expect(main.getByRole('heading', { name: 'It still fits' })).toBeVisible()
  await servers.fill('many')
  await expect(main.getByText('A whole number from 1 on')).toBeVisible()
  await servers.fill('12')
  await expect(main.getByRole('heading', { name: 'A real Kubernetes cluster' })).toBeVisible()
  await expect(main.getByText(/^12 servers: with more than 9/)).toBeVisible()
})
