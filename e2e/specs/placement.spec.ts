import { expect, test } from '@playwright/test'
import type { PodList } from '../../src-main/common/kube/generated/core-v1.ts'
import { website } from '../harness/manifests.ts'
import { Team } from '../harness/team.ts'
import { DesktopApp } from '../pages/desktop-app.ts'
import { PlacementViews } from '../pages/placement.ts'

// Where things run, on three real servers, asked and changed in the real Electron. The cluster is the one that a headless Toque made on the same desk.
const SSD_ONLY = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: archive
spec:
  replicas: 1
  selector: {matchLabels: {app: archive}}
  template:
    metadata: {labels: {app: archive}}
    spec:
      nodeSelector: {disk: ssd}
      containers: [{name: web, image: nginx}]
`
let team: Team
let app: DesktopApp
let views: PlacementViews

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  test.setTimeout(300_000)
  team = await Team.up(3)
  // The third server stands idle, as if it had just come back.
  await team.kubectl(['cordon', name(3)])
  await team.apply(website({ name: 'site', image: 'nginx', replicas: 6 }))
  await team.rolloutDone('site')
  await team.kubectl(['uncordon', name(3)])
  await team.toque.end('SIGTERM')
  app = await DesktopApp.openDesk(team.home)
  views = new PlacementViews(app.page.page)
})
test.afterAll(async () => {
  await app?.close()
  await team?.down()
})

const name = (n: number): string => team.lab.host(n).name
const containers = async (n: number, of: string): Promise<number> => (await team.containers(team.lab.host(n)).of(of, { role: 'app' })).length

test('the editor says before anything is applied that no server would take it, and why', async () => {
  const toque = app.page
  await toque.go('Editor')
  await toque.write(SSD_ONLY)
  await toque.page.getByRole('button', { name: 'Review changes' }).click()
  await expect(views.landings).toHaveCount(1)
  await expect(views.landings.first()).toContainText('Pending')
  await expect(views.landings.first()).toContainText(`${name(1)}, ${name(2)}, ${name(3)}: It has no label that the pod asks for`)
  await toque.page.getByRole('button', { name: 'Apply', exact: true }).click()
})

test('the pod\'s page has each server and why not, and what would help; what helps is seen at once', async () => {
  const { page } = app.page
  await app.page.go('Pods')
  await app.page.main.getByRole('link', { name: /^archive-/ }).first().click()
  for (const n of [1, 2, 3]) await expect(views.verdictOf(name(n))).toContainText('It has no label that the pod asks for')
  await expect(views.help).toContainText('Give a server the label')
  await team.kubectl(['cordon', name(2)], '', kubeconfig())
  await expect(views.verdictOf(name(2))).toContainText('Cordoned: it takes no new pods')
  await team.kubectl(['uncordon', name(2)], '', kubeconfig())
  await team.kubectl(['label', 'node', name(2), 'disk=ssd'], '', kubeconfig())
  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible()
  expect(await containers(2, 'archive')).toBe(1)
})

test('the loss of a server is rehearsed: what moves where, and what would find no place', async () => {
  await app.page.go('Nodes')
  await app.page.main.getByRole('link', { name: name(2) }).first().click()
  const dialog = await views.rehearseLoss(name(2))
  await expect(dialog).toContainText('Not everything would run elsewhere.')
  await expect(dialog.getByRole('listitem').filter({ hasText: 'archive' })).toContainText('Pending')
  await expect(dialog.getByRole('listitem').filter({ hasText: 'site' }).filter({ hasText: `${name(2)}` }).filter({ hasText: name(3) })).toContainText('3 pods')
  await app.page.page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  expect(await containers(2, 'site')).toBe(3)
})

test('a rebalance: the plan, by the keyboard its beginning, and what came of it', async () => {
  await app.page.go('Nodes')
  const rebalance = await views.openRebalance()
  await expect(rebalance.moves).toHaveCount(2)
  for (const row of await rebalance.moves.all()) await expect(row).toContainText(name(3))
  await app.page.tabTo(rebalance.button('Rebalance now'))
  await app.page.page.keyboard.press('Enter')
  await expect(rebalance.dialog.getByRole('status')).toContainText('It is done', { timeout: 150_000 })
  await expect.poll(() => Promise.all([1, 2, 3].map((n) => containers(n, 'site')))).toEqual([2, 2, 2])
  await rebalance.button('Plan anew').click()
  await expect(rebalance.dialog).toContainText('Nothing would be better elsewhere.')
  await expect(rebalance.button('Rebalance now')).toBeDisabled()
  await rebalance.byItself.check()
  await expect.poll(() => team.kubectl(['get', 'rebalances'], '', kubeconfig())).toMatch(/always +Always/)
  await rebalance.byItself.uncheck()
  await expect.poll(() => team.kubectl(['get', 'rebalances'], '', kubeconfig())).not.toMatch(/always/)
  // A container is gone before its pod is.
  await expect.poll(async () => (JSON.parse(await team.kubectl(['get', 'pods', '-l', 'app=site', '-o', 'json'], '', kubeconfig())) as PodList).items.length).toBe(6)
})

function kubeconfig(): string {
  return team.toque.kubeconfig
}
