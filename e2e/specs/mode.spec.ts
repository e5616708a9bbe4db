import { HeadlessProcess } from '../harness/headless-process.ts'
import { docker } from '../harness/floors.ts'
import { BrowserTab } from '../pages/browser-tab.ts'
import { expect, test } from './fixtures.ts'

test('the toggle shows the swarm of the same server and back; nothing that runs is touched', async ({ host, data }) => {
  await docker(host, 'swarm', 'init', '--advertise-addr', host.address)
  await docker(host, 'service', 'create', '--detach', '--name', 'shop_web', '--label', 'com.docker.stack.namespace=shop', '--endpoint-mode', 'dnsrr', '--replicas', '2', 'nginx:1.22')
  const engine = await HeadlessProcess.onHost(host, data)
  let tab: BrowserTab | undefined
  try {
    tab = await BrowserTab.open(engine.url)
    const toque = tab.page
    const { page } = toque
    const navigation = page.getByRole('navigation', { name: 'Main' })
    await toque.go('Editor')
    await expect(page.getByText('The cluster accepts this.')).toBeVisible()
    await toque.reviewAndApply()
    await toque.expectReady(3)
    const before = (await docker(host, 'ps', '--quiet', '--no-trunc')).split('\n').sort()

    await test.step('the dialog says what it means, and can be left', async () => {
      await page.getByRole('radio', { name: 'Swarm' }).click()
      const dialog = page.getByRole('dialog', { name: 'Switch to Swarm?' })
      await expect(dialog).toContainText('Nothing is stopped, started or moved')
      await page.keyboard.press('Escape')
      await expect(page.getByRole('radio', { name: 'Kubernetes' })).toBeChecked()
    })
    await test.step('the swarm', async () => {
      await toque.chooseMode('Swarm')
      await expect(navigation.getByRole('link', { name: 'Tasks' })).toBeVisible()
      for (const hidden of ['Pods', 'Jobs', 'Volumes', 'Resources', 'Deploy']) await expect(navigation.getByRole('link', { name: hidden, exact: true })).toHaveCount(0)
      await toque.openApp('shop_web')
      await toque.expectReady(2)
      await page.getByRole('button', { name: 'One replica more' }).click()
      await toque.expectReady(3)
      await toque.tab('Logs')
      await expect(toque.main).toContainText(/nginx|start worker/i)
      await toque.go('Nodes')
      await expect(toque.main).toContainText(host.address)
    })
    await test.step('a stack from a Compose text: what is wrong is at its line, what it makes is shown first', async () => {
      await toque.go('Editor')
      await toque.write('name: cafe\nservices:\n  menu:\n    imag: nginx:1.22\n')
      await expect(page.getByRole('button', { name: /line 4/ })).toBeVisible()
      await toque.write('name: cafe\nservices:\n  menu:\n    image: nginx:1.22\n    deploy: { replicas: 2, endpoint_mode: dnsrr }\n')
      await page.getByRole('button', { name: 'Review changes' }).click()
      await expect(page.getByRole('region', { name: 'Service cafe_menu' })).toContainText('nginx:1.22')
      await page.getByRole('button', { name: 'Apply', exact: true }).click()
      await toque.expectReady(2)
    })
    await test.step('a terminal in a task', async () => {
      await toque.go('Tasks')
      await page.getByRole('link', { name: /^shop_web\.1\./ }).first().click()
      await toque.tab('Terminal')
      await page.getByRole('region', { name: 'Terminal' }).getByRole('textbox').focus()
      await page.keyboard.type('echo answer-$((6*7))\n')
      await expect(page.getByRole('region', { name: 'Terminal' })).toContainText('answer-42')
    })
    await test.step('the choice is kept for whoever opens the page next, and taken back', async () => {
      await page.reload()
      await expect(page.getByRole('radio', { name: 'Swarm' })).toBeChecked()
      await toque.chooseMode('Kubernetes')
      await toque.openApp('my-website-deployment')
      await toque.expectReady(3)
    })
    const after = new Set((await docker(host, 'ps', '--quiet', '--no-trunc')).split('\n'))
    expect(before.filter((id) => !after.has(id))).toEqual([])
  } finally {
    await tab?.close()
    await engine.end('SIGTERM')
  }
})
