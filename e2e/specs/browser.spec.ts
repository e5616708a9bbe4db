import { HeadlessProcess } from '../harness/headless-process.ts'
import { BrowserTab } from '../pages/browser-tab.ts'
import { expect, test } from './fixtures.ts'

test('in a browser: deployed, scaled, recovered after the engine was killed, ended cleanly', async ({ host, data }) => {
  const first = await HeadlessProcess.onHost(host, data)
  const tab = await BrowserTab.open(first.url).catch(async (error: unknown) => {
    await first.end('SIGTERM')
    throw error
  })
  let second: HeadlessProcess | undefined
  try {
    const toque = tab.page
    expect(toque.page.url()).not.toContain('token')
    await toque.go('Editor')
    await expect(toque.page.getByText('The cluster accepts this.')).toBeVisible()
    await toque.reviewAndApply()
    await toque.expectReady(3)
    await test.step('without the token nobody gets in', async () => {
      expect((await fetch(new URL('/', first.url))).status).toBe(401)
    })
    await test.step('a terminal', async () => {
      await toque.openFirstPod(3)
      await toque.tab('Terminal')
      await toque.page.getByRole('region', { name: 'Terminal' }).getByRole('textbox').focus()
      await toque.page.keyboard.type('echo answer-$((6*7))\n')
      await expect(toque.page.getByRole('region', { name: 'Terminal' })).toContainText('answer-42')
    })
    await test.step('the engine is killed and started again: the open tab finds back', async () => {
      await toque.openApp('my-website-deployment')
      await first.end('SIGKILL')
      await expect(toque.banner.getByText('The engine cannot be reached.')).toBeVisible()
      // A page whose code the tab does not have yet: it is there when the engine is.
      await toque.go('Nodes')
      await expect(toque.main.getByText('This could not be read')).toBeVisible()
      second = await HeadlessProcess.onHost(host, data, first.port)
      await expect(toque.page.getByText('The engine cannot be reached.')).toHaveCount(0)
      await expect(toque.main.getByRole('heading', { name: 'Nodes', level: 1 })).toBeVisible()
      await toque.openApp('my-website-deployment')
      await toque.page.getByRole('button', { name: 'One replica more' }).click()
      await toque.expectReady(4)
    })
  } finally {
    await tab.close()
    await first.end('SIGTERM')
    expect(await second?.end('SIGTERM')).toBe(0)
  }
})
