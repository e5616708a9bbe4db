import { privateRegistry } from '../harness/private-registry.ts'
import { DesktopApp } from '../pages/desktop-app.ts'
import { expect, test } from './fixtures.ts'

test('an image of a private registry: the credentials are given beside its name, and it runs', async ({ lab, host, data }) => {
  const registry = await privateRegistry(host, lab.registry ?? '', 'cook:salt')
  const app = await DesktopApp.open(host, data)
  const toque = app.page
  const image = `${registry.address}/library/nginx:1.22`
  try {
    await toque.go('Deploy')
    await toque.fillForm({ Name: 'closed', Image: image, Replicas: '1' })
    await toque.deploy()
    await expect(toque.main.getByText('Image cannot be pulled').first()).toBeVisible()
    await toque.go('Deploy')
    await toque.fillForm({ Name: 'open', Image: image, Replicas: '1' })
    await toque.form.getByRole('button', { name: 'Private image?' }).click()
    const dialog = toque.page.getByRole('dialog', { name: 'Registry credentials' })
    await expect(dialog.getByRole('textbox', { name: 'Registry', exact: true })).toHaveValue(registry.address)
    await test.step('what is missing is said at its field', async () => {
      await dialog.getByRole('button', { name: 'Save credentials' }).click()
      await expect(dialog).toContainText('Say which user the registry knows you as.')
    })
    await dialog.getByRole('textbox', { name: 'User name' }).fill('cook')
    await dialog.getByLabel('Password or token').fill('salt')
    await dialog.getByRole('button', { name: 'Save credentials' }).click()
    await expect(toque.page.getByText(`New pods in default pull from ${registry.address}`)).toBeVisible()
    await toque.deploy()
    await toque.expectReady(1)
  } finally {
    await app.close()
    registry.stop()
  }
})
