import { DesktopApp } from '../pages/desktop-app.ts'
import type { ToquePage } from '../pages/toque-page.ts'
import { Workloads } from '../pages/workloads.ts'
import { expect, test } from './fixtures.ts'

// Stateful sets, daemon sets, jobs and autoscalers as a person meets them, in the real Electron on real Docker.

test.describe.configure({ mode: 'serial' })

let app: DesktopApp
let toque: ToquePage
let screens: Workloads
test.beforeAll(async ({ host, data }) => {
  app = await DesktopApp.open(host, data)
  toque = app.page
  screens = new Workloads(toque)
})
test.afterAll(() => app.close())

const sleeper = { name: 'main', image: 'busybox', command: ['sleep', '10000'] }
const pods = (label: string, spec: object): object => ({ metadata: { labels: { app: label } }, spec: { terminationGracePeriodSeconds: 1, ...spec } })
const selector = (label: string): object => ({ matchLabels: { app: label } })
const script = (text: string): object => ({ restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', text] }] })

const STATEFUL_SET = {
  apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' },
  spec: {
    replicas: 2, serviceName: 'db', selector: selector('db'), template: pods('db', { containers: [{ ...sleeper, volumeMounts: [{ name: 'data', mountPath: '/data' }] }] }),
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } } }],
  },
}
const daemonSet = (name: string, spec: object): object => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name }, spec: { selector: selector(name), template: pods(name, { ...spec, containers: [sleeper] }) } })
const cronJob = (name: string, schedule: string, text: string, spec: object = {}): object => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name }, spec: { schedule, timeZone: 'Asia/Seoul', jobTemplate: { spec: { ...spec, template: { spec: script(text) } } } } })

test('a stateful set is an app: its pods in order with their data, scaled, updated, and taken back', async () => {
  const { page, main } = toque
  await screens.apply(STATEFUL_SET)
  await toque.go('Apps')
  await expect(screens.app('db')).toContainText('StatefulSet')
  await toque.openApp('db')
  await toque.expectReady(2)
  await expect(screens.placeOf('db-0')).toContainText('data-db-0')
  await test.step('one more gets its own place and data', async () => {
    await page.getByRole('button', { name: 'One replica more' }).click()
    await toque.expectReady(3)
    await expect(screens.placeOf('db-2')).toContainText('data-db-2')
    await expect(main.getByRole('table').getByRole('row')).toHaveText([/^No\./, /^0\s*db-0/, /^1\s*db-1/, /^2\s*db-2/])
  })
  await test.step('another image is planned, rolled out in order, and rolled back by its history', async () => {
    await toque.changeImage('nginx:1.22')
    await expect(main.getByText('nginx:1.22').first()).toBeVisible()
    await toque.rollBack(1)
    await expect(main.getByText('busybox', { exact: true }).first()).toBeVisible()
    await toque.expectReady(3)
  })
  await test.step('what belongs to it leads there, and a claim to its own page', async () => {
    await screens.placeOf('db-0').getByRole('link', { name: 'data-db-0' }).click()
    await expect(page.getByRole('heading', { name: 'data-db-0' })).toBeVisible()
    await toque.openKind('StatefulSet')
    await toque.tableOf('StatefulSet').getByRole('link', { name: 'db' }).click()
    await expect(page.getByRole('tab', { name: 'History' })).toBeVisible()
  })
})

test('a daemon set tells of each server whether it runs there, and why not', async () => {
  await screens.apply(daemonSet('agent', {}), daemonSet('ssd-agent', { nodeSelector: { disk: 'ssd' } }))
  await toque.openApp('agent')
  await toque.expectReady(1)
  await expect(toque.main.getByText('on 1 of 1 nodes')).toBeVisible()
  await expect(toque.page.getByRole('spinbutton', { name: 'Replicas' })).toHaveCount(0)
  await toque.go('Apps')
  await expect(screens.app('ssd-agent')).toContainText('No node fits')
  await toque.openApp('ssd-agent')
  await expect(toque.main.getByText('on 0 of 1 nodes')).toBeVisible()
  await expect(toque.main.getByText('Its labels do not match the node selector or affinity of the template.')).toBeVisible()
})

test('a cron job says when in words, runs now after a look at the plan, and a job that fails says why', async () => {
  const { page, main } = toque
  await screens.apply(cronJob('report', '0 3 * * *', 'echo all done'), cronJob('broken', '*/5 * * * *', 'echo no orders; exit 3', { backoffLimit: 0 }))
  await screens.openJobs('Schedules')
  await expect(screens.schedule('report')).toContainText('every day at 03:00 (Asia/Seoul)')
  await expect(screens.schedule('broken')).toContainText('every 5 minutes')
  await test.step('suspended, nothing is to come; taken back, it is', async () => {
    await screens.schedule('broken').getByRole('link', { name: 'broken' }).click()
    await expect(main.getByRole('listitem').filter({ hasText: /in \d+/ })).toHaveCount(5)
    await page.getByRole('button', { name: 'Suspend' }).click()
    await expect(main.getByText('Nothing starts while it is suspended.')).toBeVisible()
  })
  await test.step('run by hand', async () => {
    await screens.openJobs('Schedules')
    await page.getByRole('button', { name: 'Run now: report' }).click()
    await screens.runNow('report', 'echo all done')
    await expect(page.getByRole('heading', { name: /^report-/ })).toBeVisible()
    await expect(main.getByText('1 of 1 done').first()).toBeVisible()
    await toque.tab('Logs')
    await expect(main.getByText('all done')).toBeVisible()
  })
  await test.step('one that fails', async () => {
    await screens.openJobs('Schedules')
    await page.getByRole('button', { name: 'Run now: broken' }).click()
    await screens.runNow('broken', 'exit 3')
    await expect(main.getByText(/Its pods failed once, and none may be tried again\. The last pod: .*exit code 3/)).toBeVisible()
    await screens.openJobs('Jobs')
    await expect(screens.job(/^broken-/)).toContainText('Failed too often')
    await expect(screens.job(/^report-/)).toContainText('Done')
  })
})

test('the autoscaler is switched on by clicking: what is wrong is said at its field, requests are set first, the plan is shown', async () => {
  const { main } = toque
  await screens.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shopfront' }, spec: { replicas: 1, selector: selector('shopfront'), template: pods('shopfront', { containers: [{ name: 'nginx', image: 'nginx:1.22' }] }) } })
  await toque.openApp('shopfront')
  await toque.expectReady(1)
  await toque.tab('Scaling')
  await main.getByRole('button', { name: 'Switch on the autoscaler' }).click()
  const form = screens.dialog('Switch on the autoscaler')
  await test.step('without requests there is no percentage: said, and mended here', async () => {
    await expect(form.getByText('nginx does not say how much CPU it needs')).toBeVisible()
    await form.getByRole('button', { name: 'Set requests' }).click()
    const requests = screens.dialog('Change requests')
    await screens.fill(requests, { 'CPU, thousandths of a core': '0' })
    await requests.getByRole('button', { name: 'Review changes' }).click()
    await expect(requests.getByText('A number above 0.')).toBeVisible()
    await screens.fill(requests, { 'CPU, thousandths of a core': '100' })
    await requests.getByRole('button', { name: 'Review changes' }).click()
    await expect(requests.getByText('cpu: 100m')).toBeVisible()
    await requests.getByRole('button', { name: 'Apply' }).click()
    await expect(requests).toBeHidden()
  })
  await test.step('bad input', async () => {
    await main.getByRole('button', { name: 'Switch on the autoscaler' }).click()
    await screens.fill(form, { 'At least': '2', 'At most': '1', 'CPU target, %': 'much' })
    await form.getByRole('button', { name: 'Review changes' }).click()
    await expect(form.getByText('Not less than the number beside it.')).toBeVisible()
    await expect(form.getByText('A whole number of percent from 1 to 1000, without the sign.')).toBeVisible()
    await expect(form.getByRole('textbox', { name: 'CPU target, %' })).toHaveValue('much')
  })
  await test.step('the plan, then it works', async () => {
    await screens.fill(form, { 'At most': '4', 'CPU target, %': '70' })
    await expect(form.getByRole('region', { name: /What it would have done/ })).toContainText(/replicas|recorded/)
    await form.getByRole('button', { name: 'Review changes' }).click()
    await expect(form.getByText('averageUtilization: 70')).toBeVisible()
    await form.getByRole('button', { name: 'Switch on the autoscaler' }).click()
    await expect(form).toBeHidden()
    // It keeps two, though one ran.
    await expect(main.getByText(/^\d+ % of 70 %$/)).toBeVisible({ timeout: 150_000 })
    await toque.tab('Overview')
    await toque.expectReady(2)
    await expect(main.getByText('Set by the autoscaler, from 2 to 4.')).toBeVisible()
  })
  await test.step('switched off, and back by undo', async () => {
    await toque.tab('Scaling')
    await main.getByRole('button', { name: 'Switch off' }).click()
    await screens.dialog('Switch off the autoscaler of shopfront?').getByRole('button', { name: 'Switch off' }).click()
    await expect(main.getByText('This app is not scaled automatically')).toBeVisible()
    await toque.undo('shopfront deleted')
    await expect(main.getByText('At most')).toBeVisible()
  })
})
