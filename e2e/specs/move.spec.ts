import { HeadlessProcess } from '../harness/headless-process.ts'
import { docker } from '../harness/floors.ts'
import { run } from '../lab/run.ts'
import { BrowserTab } from '../pages/browser-tab.ts'
import { expect, test } from './fixtures.ts'

test('a stack is moved to the cluster by clicks: its plan, how far it is, and the end of what was left', async ({ host, data }) => {
  // Another story may have begun the swarm.
  await docker(host, 'swarm', 'init', '--advertise-addr', host.address).catch(() => undefined)
  await docker(host, 'service', 'create', '--detach', '--name', 'bistro_tables', '--label', 'com.docker.stack.namespace=bistro', '--endpoint-mode', 'dnsrr', '--replicas', '2', 'nginx:1.22')
  const engine = await HeadlessProcess.onHost(host, data)
  let tab: BrowserTab | undefined
  try {
    tab = await BrowserTab.open(engine.url)
    const toque = tab.page
    const { page } = toque
    await toque.chooseMode('Swarm')
    await toque.openApp('bistro_tables')
    await toque.expectReady(2)
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Move to Kubernetes…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Move bistro to Kubernetes' })
    await test.step('the plan', async () => {
      await expect(dialog.getByRole('region', { name: 'Steps' })).toContainText('Switch the traffic')
      await expect(dialog).toContainText('Nothing pauses: no part holds data.')
      await dialog.getByText('fields mean the same there').click()
      await expect(dialog.getByRole('region', { name: 'What becomes of each field' })).toContainText('services.tables.deploy.replicas')
    })
    await test.step('the move', async () => {
      await dialog.getByRole('button', { name: 'Move to Kubernetes' }).click()
      await expect(dialog.getByText('It runs in Kubernetes now.')).toBeVisible({ timeout: 150_000 })
      await dialog.getByRole('button', { name: 'Close' }).last().click()
      await toque.chooseMode('Kubernetes')
      await toque.openApp('tables')
      await toque.expectReady(2)
      expect(await docker(host, 'ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=bistro_tables')).toBe('')
    })
    await test.step('finished', async () => {
      await toque.go('Overview')
      await expect(toque.main).toContainText('bistro was moved to Kubernetes.')
      await page.getByRole('button', { name: 'Finish' }).click()
      await expect(toque.main).not.toContainText('bistro was moved to Kubernetes.')
      expect(await docker(host, 'service', 'ls', '--quiet', '--filter', 'name=bistro_tables')).toBe('')
    })
    // Other stories count the apps of this cluster.
    await run('kubectl', ['--kubeconfig', engine.kubeconfig, 'delete', 'namespace', 'bistro'])
  } finally {
    await tab?.close()
    await engine.end('SIGTERM')
  }
})
