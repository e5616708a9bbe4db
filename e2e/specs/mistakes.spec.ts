import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from '../lab/places.ts'
import { run } from '../lab/run.ts'
import { DesktopApp } from '../pages/desktop-app.ts'
import type { ToquePage } from '../pages/toque-page.ts'
import { expect, test } from './fixtures.ts'

// What goes wrong is said in words, at its place; nothing is half-done and nothing typed is lost.

const SAMPLE = readFileSync(join(repository, 'resources/samples/my-website.yaml'), 'utf8')

test.describe('on a good disk', () => {
  test.describe.configure({ mode: 'serial' })
  let app: DesktopApp
  let toque: ToquePage
  test.beforeAll(async ({ host, data }) => {
    app = await DesktopApp.open(host, data)
    toque = app.page
  })
  test.afterAll(() => app.close())

  test('an image that is not there: the app and its pod say why', async () => {
    await toque.go('Deploy')
    await toque.fillForm({ Name: 'ghost', Image: 'no-such-image:1', Replicas: '1' })
    await toque.deploy()
    await expect(toque.main.getByText('Image cannot be pulled').first()).toBeVisible()
    await expect(toque.page.getByRole('region', { name: 'Rollout' })).toContainText('no-such-image:1')
    await toque.openFirstPod(1)
    await expect(toque.main.getByRole('status').getByText('Image cannot be pulled')).toBeVisible()
    await expect(toque.main.getByRole('status')).toContainText('no-such-image:1')
  })

  test('a node port that another Service has: said before anything is applied', async () => {
    const service = (name: string): string => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  type: NodePort\n  selector:\n    app: ${name}\n  ports:\n  - port: 80\n    nodePort: 30095\n`
    await toque.go('Editor')
    await toque.write(service('first'))
    await toque.reviewAndApply()
    await expect(toque.page.getByText('1 change applied').first()).toBeVisible()
    await toque.write(service('second'))
    await expect(toque.problems).toContainText('already allocated')
    await expect(toque.problems.getByRole('button', { name: 'line 11' })).toBeVisible()
    await expect(toque.page.getByRole('button', { name: 'Apply', exact: true })).toBeDisabled()
  })

  test("a port of the node that another pod has: the one that cannot run says so, the other runs", async () => {
    await toque.go('Editor')
    await toque.write(SAMPLE.replaceAll('my-website', 'ports').replace('replicas: 3', 'replicas: 2').replace(/containerPort: 80/, 'containerPort: 80\n          hostPort: 18099'))
    await toque.reviewAndApply()
    await expect(toque.page.getByText('1 of 2 ready').first()).toBeVisible()
    await expect(toque.main.getByText("didn't have free ports").first()).toBeVisible()
  })
})

test('a full disk: said, nothing is half-applied or lost, and all is well when there is room', async ({ host }) => {
  const data = await mkdtemp(join(tmpdir(), 'toque-full-'))
  const store = join(data, 'cluster')
  await run('sh', ['-c', `mkdir -p ${store} && mount -t tmpfs -o size=6m toque-full ${store}`])
  const app = await DesktopApp.open(host, data)
  try {
    const toque = app.page
    await toque.go('Editor')
    await expect(toque.page.getByText('The cluster accepts this.')).toBeVisible()
    await run('sh', ['-c', `cat /dev/zero >${store}/filler`], { anyCode: true })
    const big = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\ndata:\n${Array.from({ length: 12 }, (_, i) => `  line${String(i)}: ${'x'.repeat(20_000)}`).join('\n')}\n`
    await toque.write(big)
    await toque.reviewAndApply()
    await expect(toque.main.getByText(/The disk that holds .* is full\. Nothing was changed; make room there and try again\./).first()).toBeVisible()
    await expect(toque.banner.getByText('Changes cannot be saved.')).toBeVisible()
    await expect(toque.yamlText).toContainText('name: big')
    await rm(join(store, 'filler'))
    const apply = toque.page.getByRole('button', { name: 'Apply', exact: true })
    // The banner may go at this very moment, and what is below it moves away from under the pointer.
    await expect(async () => {
      await toque.page.getByRole('button', { name: 'Review changes' }).click()
      await expect(apply).toBeEnabled({ timeout: 3000 })
    }).toPass()
    await apply.click()
    await expect(toque.page.getByText('1 change applied').first()).toBeVisible()
    await expect(toque.banner.getByText('Changes cannot be saved.')).toHaveCount(0)
  } finally {
    await app.close()
    await run('umount', ['--lazy', store])
    await rm(data, { recursive: true, force: true })
  }
})
