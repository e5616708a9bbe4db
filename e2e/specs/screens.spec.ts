import { DesktopApp } from '../pages/desktop-app.ts'
import type { ToquePage } from '../pages/toque-page.ts'
import { expect, test } from './fixtures.ts'

// What a person does by the form, the editor and the keyboard alone, in the real Electron.

const NAME = 'menu'

test.describe.configure({ mode: 'serial' })

let app: DesktopApp
let toque: ToquePage
test.beforeAll(async ({ host, data }) => {
  app = await DesktopApp.open(host, data)
  toque = app.page
})
test.afterAll(() => app.close())

test('an app is deployed by the form, reachable at its port, with its environment', async ({ host }) => {
  await toque.go('Deploy')
  await test.step('what is wrong is said at its field, and nothing is sent', async () => {
    await toque.fillForm({ Name: 'My Menu', Image: 'nginx', Replicas: 'many' })
    await toque.page.getByRole('button', { name: 'Review changes' }).click()
    await expect(toque.form.getByText('Up to 63 lower-case letters, digits and dashes')).toBeVisible()
    await expect(toque.form.getByText('A whole number from 0 to 1000.')).toBeVisible()
    await expect(toque.form.getByRole('textbox', { name: 'Name', exact: true })).toBeFocused()
  })
  await toque.fillForm({ Name: NAME, Image: 'nginx', Replicas: '2', Port: '80' })
  await toque.form.getByRole('radio', { name: 'Everyone' }).check({ force: true })
  await toque.fillForm({ 'Port on the nodes': '30091' })
  await toque.deploy()
  await toque.expectReady(2)
  await expect(toque.page.getByText(`${host.address}:30091`)).toBeVisible()
  await expect(async () => {
    expect(await (await fetch(`http://${host.address}:30091/`)).text()).toContain('nginx')
  }).toPass({ timeout: 30_000 })
})

test('its YAML is edited: the change is shown before it is made', async () => {
  await toque.openApp(NAME)
  await toque.tab('YAML')
  await toque.main.getByRole('link', { name: 'Edit', exact: true }).click()
  await expect(toque.yamlText).toContainText('replicas: 2')
  const text = await toque.editedText()
  await toque.write(text.replace('replicas: 2', 'replicas: 1'))
  await test.step('a reload keeps what is not applied', async () => {
    await expect(toque.page.getByText('Not applied')).toBeVisible()
    await toque.page.reload()
    await expect(toque.yamlText).toContainText('replicas: 1')
    await expect(toque.page.getByText('These are your changes from before; they were not applied yet.')).toBeVisible()
  })
  await toque.page.getByRole('button', { name: 'Review changes' }).click()
  const change = toque.page.getByRole('region', { name: `Deployment ${NAME}` })
  await expect(change).toContainText('replicas: 2')
  await expect(change).toContainText('replicas: 1')
  await toque.page.getByRole('button', { name: 'Apply', exact: true }).click()
  await toque.expectReady(1)
})

test('by the keyboard alone: the palette finds the app, the arrow key scales it', async () => {
  await toque.go('Overview')
  await toque.choose(NAME)
  await expect(toque.page.getByRole('heading', { name: NAME }).first()).toBeVisible()
  await toque.tabTo(toque.page.getByRole('spinbutton', { name: 'Replicas' }))
  await toque.page.keyboard.press('ArrowUp')
  await toque.expectReady(2)
  await toque.choose(`${NAME}: scale to 3`)
  await toque.expectReady(3)
})

test('language and theme change at once, and stay after a reload', async () => {
  await toque.choose('한국어')
  await expect(toque.page.getByRole('navigation', { name: '주 메뉴' })).toContainText('배포')
  await toque.choose('어두운 테마')
  await expect.poll(() => toque.isDark()).toBe(true)
  await toque.page.reload()
  await expect(toque.page.getByRole('navigation', { name: '주 메뉴' })).toContainText('배포')
  await expect.poll(() => toque.isDark()).toBe(true)
  await toque.choose('English')
  await expect(toque.page.getByRole('navigation', { name: 'Main' })).toContainText('Deploy')
  await toque.choose('Light theme')
  await expect.poll(() => toque.isDark()).toBe(false)
})
