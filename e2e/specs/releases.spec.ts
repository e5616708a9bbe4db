import { DesktopApp } from '../pages/desktop-app.ts'
import type { ToquePage } from '../pages/toque-page.ts'
import { expect, test } from './fixtures.ts'

// A new version comes in by steps, in the real Electron on real Docker: begun from the app's menu, taken back, tried again, released.

const NAME = 'menu'

test.describe.configure({ mode: 'serial' })

let app: DesktopApp
let toque: ToquePage
test.beforeAll(async ({ host, data }) => {
  app = await DesktopApp.open(host, data)
  toque = app.page
  await toque.go('Deploy')
  await toque.fillForm({ Name: NAME, Image: 'nginx:1.22', Replicas: '2', Port: '80' })
  await toque.deploy()
  await toque.expectReady(2)
})
test.afterAll(() => app.close())

test('the menu makes a Rollout with sane steps, shown as YAML before it is applied', async () => {
  await toque.openApp(NAME)
  await toque.main.getByRole('button', { name: 'More actions' }).click()
  await toque.page.getByRole('menuitem', { name: 'Release gradually…' }).click()
  await expect(toque.yamlText).toContainText(`deployment: ${NAME}`)
  await toque.page.getByRole('button', { name: 'Review changes' }).click()
  await expect(toque.page.getByRole('region', { name: `Rollout ${NAME}` })).toContainText('weight: 5')
  await toque.page.getByRole('button', { name: 'Apply', exact: true }).click()
  await expect(toque.page.getByRole('heading', { name: NAME }).first()).toBeVisible()
  await toque.main.getByRole('button', { name: 'More actions' }).click()
  await expect(toque.page.getByText('Edit the release steps')).toBeVisible()
  await toque.page.keyboard.press('Escape')
})

test('a new image is on trial: the steps, and both versions with their share', async () => {
  await toque.main.getByRole('button', { name: 'Change', exact: true }).click()
  await toque.page.getByRole('dialog').getByRole('textbox', { name: 'Image' }).fill('nginx:other')
  await toque.page.getByRole('dialog').getByRole('button', { name: 'Update image', exact: true }).click()
  const release = toque.main.getByRole('region', { name: 'Release by steps' })
  await expect(release.getByRole('heading', { name: 'The new version is on trial' })).toBeVisible()
  await expect(release.getByRole('list', { name: 'Steps' }).getByRole('listitem')).toHaveCount(7)
  await expect(release.locator('[aria-current=step]')).toContainText('wait 2m')
  await expect(release.getByText('No Ingress leads to this app')).toBeVisible()
  await expect(release.getByRole('row', { name: /^Stable nginx:1.22 67%/ })).toBeVisible()
  await expect(release.getByRole('row', { name: /^New nginx:other 33% 1/ })).toBeVisible()
})

test('it is taken back, tried again and released; what each does is shown first', async () => {
  const release = toque.main.getByRole('region', { name: 'Release by steps' })
  const order = async (button: string): Promise<void> => {
    await release.getByRole('button', { name: button }).click()
    const dialog = toque.page.getByRole('dialog')
    await expect(dialog).toContainText('toque.dev/order')
    await dialog.getByRole('button', { name: button }).click()
    await expect(dialog).toBeHidden()
  }
  await order('Take back')
  await expect(release.getByRole('heading', { name: 'The new version was taken back' })).toBeVisible()
  await expect(release.getByText(/by hand: on the app's page/)).toBeVisible()
  await expect(release.getByRole('row', { name: /^New nginx:other 0% 0/ })).toBeVisible()
  await order('Try again')
  await expect(release.getByRole('heading', { name: 'The new version is on trial' })).toBeVisible()
  await order('Release to everyone')
  await expect(release).toBeHidden()
  await toque.expectReady(2)
  await expect(toque.main.getByText('nginx:other').first()).toBeVisible()
})
