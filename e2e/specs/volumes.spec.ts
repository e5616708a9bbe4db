import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Containers } from '../harness/containers.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { DesktopApp } from '../pages/desktop-app.ts'
import type { ToquePage } from '../pages/toque-page.ts'
import { VolumeViews } from '../pages/volumes.ts'
import { expect, test } from './fixtures.ts'

// A claim's data is backed up to a folder and brought back, in the real Electron on real Docker. Nothing is deleted that was not typed out.

// Not the name of another file's app: the cluster is the same, and a Rollout of that name would bring changes in by steps.
const NAME = 'larder'
const CLAIM = `${NAME}-data`
const FIRST = 'soup of the day\n'
/** Enough that its copying can be seen, and that gzip cannot make it less. */
const BALLAST_BYTES = 96 * 1024 ** 2
const APP = `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: ${CLAIM}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${NAME}
spec:
  replicas: 1
  strategy: {type: Recreate}
  selector: {matchLabels: {app: ${NAME}}}
  template:
    metadata: {labels: {app: ${NAME}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: main
        image: busybox
        command: [sh, -c, 'exec sleep 100000']
        volumeMounts: [{name: data, mountPath: /data}]
      volumes:
      - name: data
        persistentVolumeClaim: {claimName: ${CLAIM}}
`

test.describe.configure({ mode: 'serial' })

let app: DesktopApp
let toque: ToquePage
let views: VolumeViews
test.beforeAll(async ({ host, data }) => {
  app = await DesktopApp.open(host, data)
  toque = app.page
  views = new VolumeViews(toque)
})
test.afterAll(() => app.close())

/** Runs a shell line in the app's container. */
async function inApp(host: LabHost, line: string): Promise<string> {
  const [container] = await new Containers(host).of(NAME, { role: 'app' })
  return (await host.exec(['docker', 'exec', container?.id ?? '', 'sh', '-c', line])).stdout
}

test('an app\'s claim is listed: where its data is, who uses it, never backed up', async ({ host }) => {
  await toque.go('Volumes')
  await expect(toque.main.getByText('No volumes yet')).toBeVisible()
  await toque.go('Editor')
  await toque.write(APP)
  await toque.reviewAndApply()
  await toque.openApp(NAME)
  await toque.expectReady(1)
  await inApp(host, `printf '${FIRST.trim()}\\n' > /data/menu; head -c ${String(BALLAST_BYTES)} /dev/urandom > /data/ballast`)
  await toque.go('Volumes')
  await expect(views.rowOf(CLAIM)).toContainText('Bound')
  await expect(views.rowOf(CLAIM).getByRole('link', { name: NAME, exact: true })).toBeVisible()
  await expect(views.rowOf(CLAIM)).toContainText('never')
})

test('a backup to a folder: what is wrong is said at its field; then the plan, the progress, and files that are there', async ({ data }) => {
  const folder = join(data, 'copies')
  await views.open(CLAIM)
  const dialog = await views.openBackUp(CLAIM)
  await dialog.getByRole('textbox', { name: 'Folder' }).fill('copies')
  await dialog.getByRole('button', { name: 'Review changes' }).click()
  await expect(dialog).toContainText('Give the whole path, from the root')
  await expect(dialog.getByRole('textbox', { name: 'Folder' })).toBeFocused()
  await expect(dialog.getByRole('textbox', { name: 'Folder' })).toHaveValue('copies')
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(folder)
  await dialog.getByRole('button', { name: 'Review changes' }).click()
  await expect(dialog.getByRole('region', { name: new RegExp(`^VolumeBackup ${CLAIM}-`) })).toContainText(folder)
  await dialog.getByRole('button', { name: 'Back up now' }).click()
  await expect(dialog).toBeHidden()
  await expect(views.copies.first().getByRole('progressbar', { name: 'Backing up' })).toBeVisible()
  await expect(views.copies.first()).toContainText('Complete', { timeout: 150_000 })
  await expect(views.copies.first()).toContainText(/Checksum \S{20,}/)
  expect((await readdir(folder)).map((name) => name.replace(/.*?(\.tar\.gz|\.tar\.gz\.json)$/, '$1')).sort()).toEqual(['.tar.gz', '.tar.gz.json'])
})

test('it is brought back after it was confirmed: what was there is kept, and is brought back in turn', async ({ host }) => {
  await inApp(host, 'echo nothing > /data/menu')
  const dialog = await views.openRestore(views.copies.filter({ hasText: 'Backup' }), CLAIM)
  await expect(dialog).toContainText('What was written since the copy was made')
  await expect(dialog.getByRole('list', { name: 'Pods that are ended meanwhile' }).getByRole('listitem')).toHaveText(new RegExp(`^${NAME}-`))
  await views.restore(dialog, CLAIM)
  await expect(dialog.getByRole('progressbar', { name: 'Restore' })).toBeVisible()
  await expect(dialog.getByText(`${CLAIM} has the copy's data now`)).toBeVisible({ timeout: 150_000 })
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  const menu = (): Promise<string> => inApp(host, 'cat /data/menu').catch(() => '')
  await expect.poll(menu).toBe(FIRST)

  const back = await views.openRestore(views.copies.filter({ hasText: 'Snapshot' }), CLAIM)
  await back.getByRole('checkbox', { name: /First keep what is there/ }).uncheck()
  await views.restore(back, CLAIM)
  await expect(back.getByText(`${CLAIM} has the copy's data now`)).toBeVisible({ timeout: 150_000 })
  await back.getByRole('button', { name: 'Close' }).last().click()
  await expect.poll(menu).toBe('nothing\n')
})

test('a claim is deleted only by typing its name', async () => {
  await toque.main.getByRole('button', { name: 'More actions' }).click()
  await toque.page.getByRole('menuitem', { name: 'Delete' }).click()
  const dialog = toque.page.getByRole('dialog', { name: `Delete ${CLAIM}?` })
  await expect(dialog).toContainText('This cannot be undone. Backups stay.')
  await dialog.getByRole('textbox', { name: `Type ${CLAIM} to confirm` }).fill(NAME)
  await expect(dialog.locator('footer').getByRole('button', { name: 'Delete' })).toBeDisabled()
  await toque.page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await toque.go('Volumes')
  await expect(views.rowOf(CLAIM)).toContainText('Bound')
})
