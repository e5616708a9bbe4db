import { DesktopApp } from '../pages/desktop-app.ts'
import type { ToquePage } from '../pages/toque-page.ts'
import { expect, test } from './fixtures.ts'

// What a person does by the form, the editor and the keyboard alone, in the real Electron.

// Not the name of another file's app: the cluster is the same, and a Rollout of that name would bring changes in by steps.
const NAME = 'kitchen'

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
  }).toPass()
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

test('the editor completes and explains manifests by the cluster\'s own schemas', async () => {
  await toque.go('Editor')
  await toque.write('apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: queue\nspec:\n  ')
  await toque.page.keyboard.press('Control+Space')
  const options = toque.page.getByRole('listbox').getByRole('option')
  await expect(options.filter({ hasText: 'serviceName' })).toBeVisible()
  await expect(options.first()).toContainText('required')
  await toque.page.keyboard.type('podMan')
  await expect(options).toHaveCount(1)
  await toque.page.keyboard.press('Enter')
  await expect(options.filter({ hasText: 'Parallel' }).or(toque.page.getByText('podManagementPolicy: '))).not.toHaveCount(0)
  await toque.page.getByText('podManagementPolicy').hover()
  await expect(toque.page.getByRole('tooltip').or(toque.page.locator('.cm-tooltip-hover'))).toContainText('OrderedReady')
  await toque.write('')
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

test('the explorer finds an object of any kind, live, edits it and deletes it with all that goes with it', async () => {
  const { page, main } = toque
  await test.step('an object of a kind that has no page of its own is made from its template', async () => {
    await toque.openKind('ConfigMap')
    await main.getByRole('link', { name: 'New ConfigMap' }).click()
    await expect(toque.yamlText).toContainText('# Pods read it as environment')
    await toque.reviewAndApply()
    await expect(page.getByRole('heading', { name: 'my-config' })).toBeVisible()
  })
  await test.step('an error is said at its line, and nothing is applied', async () => {
    await toque.tab('YAML')
    await main.getByRole('link', { name: 'Edit', exact: true }).click()
    await expect(toque.yamlText).toContainText('LOG_LEVEL: info')
    await toque.write('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: my-config\ndata:\n  LOG_LEVEL: [loud]\n')
    await expect(toque.problems.getByRole('button', { name: 'line 6' })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Apply', exact: true })).toBeDisabled()
    await page.getByRole('button', { name: 'Discard' }).click()
  })
  await test.step('a change shows at once, and the filter and the keyboard lead to a row', async () => {
    await toque.openKind('Deployment')
    const row = toque.tableOf('Deployment').getByRole('row').filter({ has: page.getByRole('link', { name: NAME, exact: true }) })
    await expect(row).toContainText('3/3')
    await page.keyboard.press('/')
    await page.keyboard.type(NAME)
    await page.keyboard.press('ArrowDown')
    await expect(row.getByRole('link')).toBeFocused()
    await toque.choose(`${NAME}: scale to 2`)
    await expect(row).toContainText('2/2')
    await page.getByRole('button', { name: 'All columns' }).click()
    await expect(toque.tableOf('Deployment').getByRole('columnheader', { name: 'Containers' })).toBeVisible()
  })
  await test.step('what a deletion takes along is shown before; then it is gone, and comes back by undo', async () => {
    await toque.openKind('ReplicaSet')
    await toque.tableOf('ReplicaSet').getByRole('link', { name: new RegExp(`^${NAME}-`) }).first().click()
    await expect(main.getByRole('link', { name: NAME, exact: true })).toBeVisible()
    await expect(main.getByRole('link', { name: new RegExp(`^${NAME}-.*-`) })).toHaveCount(2)
    await main.getByRole('button', { name: 'Delete', exact: true }).click()
    const plan = page.getByRole('dialog', { name: new RegExp(`^Delete ${NAME}-`) })
    await expect(plan.getByRole('listitem')).toHaveText([/ReplicaSet/, /Pod/, /Pod/])
    await plan.getByRole('button', { name: 'Cancel' }).click()
    await toque.openKind('ConfigMap')
    await toque.tableOf('ConfigMap').getByRole('link', { name: 'my-config' }).click()
    await expect(main.getByText('Nothing else hangs together with it.')).toBeVisible()
    await main.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('dialog', { name: 'Delete my-config?' }).getByRole('button', { name: 'Delete', exact: true }).click()
    await expect(toque.tableOf('ConfigMap')).toBeVisible()
    await expect(toque.tableOf('ConfigMap').getByRole('link', { name: 'my-config' })).toHaveCount(0)
    await toque.undo('ConfigMap my-config deleted')
    await expect(toque.tableOf('ConfigMap').getByRole('link', { name: 'my-config' })).toBeVisible()
  })
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
