import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Page } from 'playwright-core'
import { build, preview } from 'vite'
import { renderer } from '../src-renderer/vite.config.ts'
import { swarmShots } from './swarm-shots.ts'

// Pictures of every screen, on the fake cluster, in both themes and both languages:
//   tsx e2e/screenshots.ts [--out DIR] [--only NAME,NAME] [--theme light|dark] [--language en|ko]
// They are for looking at, and for the README. Needs a Chromium (CHROMIUM=/path/to/it, or Debian's).

export interface Shot {
  name: string
  hash: string
  /** Of the fake cluster. */
  scenario?: string
  query?: string
  prepare?: (page: Page) => Promise<void>
}

const APP = '#/app/apps%2Fv1/Deployment/default'

async function firstPod(page: Page, app: string): Promise<void> {
  await page.locator('[role=row] a', { hasText: app }).first().click()
}

/** Opens the form, fills it and sends it. A server's name says how the fake one behaves. */
async function addServer(page: Page, host: string, login = 'ssh', wait = 1200): Promise<void> {
  await page.locator('#main button', { hasText: /^(Add a server|서버 추가)$/ }).first().click()
  await page.locator('[name=host]').fill(host)
  await page.locator(`[name=login][value=${login}]`).check({ force: true })
  if (login === 'key') await page.locator('[name=keyFile]').fill('/home/chef/.ssh/id_work')
  await page.locator('dialog[open] button[type=submit]').click()
  await page.waitForTimeout(wait)
}

/** Replaces the editor's text, and waits for what the cluster says of it. */
async function writeText(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(text)
  await page.waitForTimeout(900)
}

async function openRebalance(page: Page): Promise<void> {
  await page.locator('#main button', { hasText: /^(Rebalance…|재분배…)$/ }).click()
}

const ORDERS = '#/volume/v1/PersistentVolumeClaim/data/orders'

async function openBackUp(page: Page): Promise<void> {
  await page.locator('#main header button').first().click()
  await page.waitForSelector('dialog[open] form')
}

async function openSchedule(page: Page): Promise<void> {
  await page.locator('#main button', { hasText: /^(Schedule backups|백업 예약)$/ }).click()
  await page.waitForSelector('dialog[open] form')
}

/** Of the newest backup. */
async function openRestore(page: Page): Promise<void> {
  await page.locator('#panel li button', { hasText: /^(Restore…|복원…)$/ }).nth(1).click()
  await page.waitForSelector('dialog[open] form li')
}

async function openMove(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(More actions|다른 작업)$/ }).first().click()
  await page.getByRole('menuitem', { name: /Swarm/ }).click()
  await page.waitForSelector('dialog[open] ol')
}

async function removeServer(page: Page): Promise<void> {
  await page.locator('#main button', { hasText: /^(Remove from the cluster|클러스터에서 제거)$/ }).click()
  await page.waitForTimeout(500)
}

const SHOTS: Shot[] = [
  { name: 'overview', hash: '#/overview' },
  { name: 'overview-empty', hash: '#/overview', scenario: 'empty' },
  { name: 'overview-loading', hash: '#/overview', scenario: 'loading' },
  { name: 'overview-offline', hash: '#/overview', scenario: 'offline' },
  { name: 'overview-lost', hash: '#/overview', query: 'link=lost' },
  { name: 'apps', hash: '#/apps' },
  { name: 'apps-error', hash: '#/apps', scenario: 'error' },
  { name: 'apps-empty', hash: '#/apps', scenario: 'empty' },
  { name: 'apps-big', hash: '#/apps', scenario: 'big' },
  { name: 'apps-filter-none', hash: '#/apps', prepare: (page) => page.getByRole('searchbox').first().fill('zzz') },
  { name: 'app', hash: `${APP}/my-website-deployment` },
  { name: 'app-move', hash: `${APP}/my-website-deployment`, prepare: openMove },
  { name: 'app-move-running', hash: `${APP}/my-website-deployment`, prepare: async (page) => { await openMove(page); await page.locator('dialog[open] footer button').last().click(); await page.waitForTimeout(500) } },
  { name: 'app-rolling', hash: `${APP}/menu-api` },
  { name: 'app-release', hash: '#/app/apps%2Fv1/Deployment/data/cache' },
  { name: 'app-release-aborted', hash: '#/app/apps%2Fv1/Deployment/data/orders-db' },
  { name: 'app-release-abort', hash: '#/app/apps%2Fv1/Deployment/data/cache', prepare: async (page) => { await page.getByRole('button', { name: /^(Take back|되돌리기)$/ }).click(); await page.waitForTimeout(500) } },
  { name: 'release-new', hash: `#/editor/new/Rollout/apps%2Fv1/Deployment/default/menu-api` },
  { name: 'app-crashing', hash: `${APP}/reservations` },
  { name: 'app-history', hash: `${APP}/menu-api/history` },
  { name: 'app-logs', hash: `${APP}/my-website-deployment/logs` },
  { name: 'app-events', hash: `${APP}/reservations/events` },
  { name: 'app-yaml', hash: `${APP}/my-website-deployment/yaml` },
  { name: 'app-stateful', hash: '#/app/apps%2Fv1/StatefulSet/data/queue' },
  { name: 'app-daemon', hash: '#/app/apps%2Fv1/DaemonSet/monitoring/log-agent' },
  { name: 'scaling', hash: `${APP}/menu-api/scaling` },
  { name: 'scaling-day', hash: `${APP}/menu-api/scaling`, prepare: (page) => page.locator('#panel button[aria-pressed]').last().click() },
  { name: 'scaling-failing', hash: `${APP}/my-website-deployment/scaling` },
  { name: 'scaling-none', hash: `${APP}/newsletter/scaling` },
  { name: 'scaling-form', hash: `${APP}/newsletter/scaling`, prepare: async (page) => { await page.locator('#panel [role=status] button').first().click(); await page.waitForTimeout(1500) } },
  { name: 'scaling-form-bad', hash: `${APP}/reservations/scaling`, prepare: async (page) => { await page.locator('#panel [role=status] button').first().click(); await page.locator('dialog[open] .field').nth(1).fill('1'); await page.locator('dialog[open] .field').nth(2).fill('70%'); await page.locator('dialog[open] [type=checkbox]').check(); await page.locator('dialog[open] button[type=submit]').click() } },
  { name: 'scaling-plan', hash: `${APP}/reservations/scaling`, prepare: async (page) => { await page.locator('#panel [role=status] button').first().click(); await page.locator('dialog[open] button[type=submit]').click(); await page.waitForSelector('dialog[open] .cm-line') } },
  { name: 'requests', hash: `${APP}/menu-api/scaling`, prepare: async (page) => { await page.locator('#panel header button').last().click(); await page.locator('dialog[open] .field').first().fill('100m'); await page.locator('dialog[open] button[type=submit]').click() } },
  { name: 'jobs', hash: '#/jobs' },
  { name: 'jobs-schedules', hash: '#/jobs/schedules' },
  { name: 'jobs-empty', hash: '#/jobs', scenario: 'empty' },
  { name: 'job', hash: '#/job/batch%2Fv1/Job/default/resize-menu-photos' },
  { name: 'job-failed', hash: '#/job/batch%2Fv1/Job/default/import-orders' },
  { name: 'cronjob', hash: '#/cronjob/batch%2Fv1/CronJob/default/nightly-report' },
  { name: 'cronjob-run', hash: '#/cronjob/batch%2Fv1/CronJob/default/nightly-report', prepare: async (page) => { await page.locator('#main header button').first().click(); await page.waitForSelector('dialog[open] .cm-line') } },
  { name: 'volumes', hash: '#/volumes' },
  { name: 'volumes-empty', hash: '#/volumes', scenario: 'empty' },
  { name: 'volumes-error', hash: '#/volumes', scenario: 'error' },
  { name: 'volumes-offline', hash: '#/volumes', scenario: 'offline' },
  { name: 'volumes-loading', hash: '#/volumes', scenario: 'loading' },
  { name: 'volumes-lost', hash: '#/volumes', scenario: 'servers' },
  { name: 'volume', hash: ORDERS },
  { name: 'volume-none', hash: '#/volume/v1/PersistentVolumeClaim/data/data-queue-0' },
  { name: 'volume-lost', hash: ORDERS, scenario: 'servers' },
  { name: 'volume-restore-lost', hash: ORDERS, scenario: 'servers', prepare: async (page) => { await page.locator('#main section button').first().click() } },
  { name: 'volume-back-up', hash: ORDERS, prepare: openBackUp },
  { name: 'volume-back-up-bad', hash: ORDERS, prepare: async (page) => { await openBackUp(page); await page.locator('dialog[open] input.field').fill('backups'); await page.locator('dialog[open] button[type=submit]').click() } },
  { name: 'volume-back-up-s3', hash: ORDERS, prepare: async (page) => { await openBackUp(page); await page.locator('[name=target][value=s3]').check({ force: true }); await page.waitForTimeout(300); await page.locator('dialog[open] button[type=submit]').click(); await page.locator('dialog[open] fieldset button').last().click() } },
  { name: 'volume-back-up-plan', hash: ORDERS, prepare: async (page) => { await openBackUp(page); await page.locator('dialog[open] input.field').fill('/srv/backups'); await page.locator('dialog[open] button[type=submit]').click(); await page.waitForSelector('dialog[open] .cm-line') } },
  { name: 'volume-backing-up', hash: ORDERS, prepare: async (page) => { await openBackUp(page); await page.locator('dialog[open] input.field').fill('/srv/backups'); await page.locator('dialog[open] button[type=submit]').click(); await page.waitForSelector('dialog[open] .cm-line'); await page.locator('dialog[open] footer button').last().click(); await page.waitForSelector('[role=progressbar]') } },
  { name: 'volume-schedule', hash: ORDERS, prepare: openSchedule },
  { name: 'volume-schedule-bad', hash: ORDERS, prepare: async (page) => { await openSchedule(page); await page.locator('dialog[open] .field').nth(1).fill('3 am'); await page.locator('dialog[open] .field').nth(4).fill('0'); await page.locator('dialog[open] button[type=submit]').click() } },
  { name: 'volume-restore', hash: ORDERS, prepare: openRestore },
  { name: 'volume-restoring', hash: ORDERS, prepare: async (page) => { await openRestore(page); await page.locator('dialog[open] input.field').fill('orders'); await page.locator('dialog[open] footer button').last().click(); await page.waitForTimeout(1500) } },
  { name: 'volume-move', hash: ORDERS, prepare: async (page) => { await page.locator('#main header button').nth(1).click(); await page.waitForSelector('dialog[open] li') } },
  { name: 'volume-snapshot', hash: ORDERS, prepare: async (page) => { await page.locator('#main header button[aria-haspopup=menu]').click(); await page.locator('[role=menuitem]').first().click(); await page.waitForSelector('dialog[open] .cm-line') } },
  { name: 'volume-expand', hash: ORDERS, prepare: async (page) => { await page.locator('#main header button[aria-haspopup=menu]').click(); await page.locator('[role=menuitem]').nth(1).click(); await page.locator('dialog[open] button[type=submit]').click() } },
  { name: 'volume-delete', hash: ORDERS, prepare: async (page) => { await page.locator('#main header button[aria-haspopup=menu]').click(); await page.locator('[role=menuitem]').last().click() } },
  { name: 'pods', hash: '#/pods' },
  { name: 'pod', hash: '#/pods', prepare: (page) => firstPod(page, 'reservations') },
  { name: 'pod-pending', hash: '#/pods', prepare: (page) => firstPod(page, 'recommender') },
  { name: 'pod-logs', hash: '#/pods', prepare: async (page) => { await firstPod(page, 'my-website'); await page.locator('#tab-logs').click() } },
  { name: 'pod-terminal', hash: '#/pods', prepare: async (page) => { await firstPod(page, 'my-website'); await page.locator('#tab-terminal').click(); await page.waitForSelector('.xterm-rows'); await page.keyboard.type('ls\rhostname\r') } },
  { name: 'pod-yaml', hash: '#/pods', prepare: async (page) => { await firstPod(page, 'my-website'); await page.locator('#tab-yaml').click() } },
  { name: 'nodes', hash: '#/nodes' },
  { name: 'node', hash: '#/node/v1/Node/~/kitchen-1' },
  { name: 'pod-waits-for-data', hash: '#/pods', scenario: 'servers', prepare: (page) => firstPod(page, 'orders-db') },
  { name: 'pod-without-data', hash: '#/pods', scenario: 'servers', prepare: async (page) => { await firstPod(page, 'orders-db'); await page.locator('#main header button').first().click() } },
  { name: 'node-zone', hash: '#/node/v1/Node/~/kitchen-2', prepare: (page) => page.locator('#panel dd button').click() },
  { name: 'node-failed', hash: '#/node/v1/Node/~/kitchen-2/timeline' },
  { name: 'nodes-servers', hash: '#/nodes', scenario: 'servers' },
  { name: 'pod-network', hash: '#/nodes', scenario: 'servers', prepare: async (page) => { await page.locator('#main button', { hasText: /^(Pod network|파드 네트워크)$/ }).click(); await page.waitForSelector('dialog[open] [type=radio]'); await page.locator('[name=pod-network][value=wireguard]').check({ force: true }) } },
  { name: 'nodes-empty', hash: '#/nodes', scenario: 'bare' },
  { name: 'node-unreachable', hash: '#/node/v1/Node/~/cellar', scenario: 'servers' },
  { name: 'node-missing', hash: '#/node/v1/Node/~/attic', scenario: 'servers' },
  { name: 'node-terminal', hash: '#/node/v1/Node/~/kitchen-2/terminal', prepare: async (page) => { await page.waitForSelector('.xterm-rows'); await page.keyboard.type('hostname\rdocker ps\r'); await page.locator('#panel header button').last().click(); await page.waitForTimeout(300); await page.keyboard.type('uptime\rexit\r') } },
  { name: 'server-remove', hash: '#/node/v1/Node/~/kitchen-2', prepare: removeServer },
  { name: 'server-remove-at-once', hash: '#/node/v1/Node/~/kitchen-2', prepare: async (page) => { await removeServer(page); await page.locator('dialog[open] [type=checkbox]').uncheck() } },
  { name: 'server-removing', hash: '#/node/v1/Node/~/kitchen-2', prepare: async (page) => { await removeServer(page); await page.locator('dialog[open] footer button').last().click() } },
  { name: 'server-remove-unreachable', hash: '#/node/v1/Node/~/cellar', scenario: 'servers', prepare: removeServer },
  { name: 'server-add', hash: '#/nodes', prepare: (page) => page.locator('#main button', { hasText: /^(Add a server|서버 추가)$/ }).click() },
  { name: 'server-add-filled', hash: '#/nodes', prepare: async (page) => { await page.locator('#main button', { hasText: /^(Add a server|서버 추가)$/ }).click(); await page.locator('[name=host]').fill('ssh -i ~/.ssh/id_work deploy@10.0.0.5 -p 2222'); await page.locator('[name=user]').focus(); await page.locator('summary').click(); await page.locator('[name=zone]').fill('basement') } },
  { name: 'server-add-bad', hash: '#/nodes', prepare: async (page) => { await page.locator('#main button', { hasText: /^(Add a server|서버 추가)$/ }).click(); await page.locator('summary').click(); await page.locator('[name=port]').fill('port'); await page.locator('[name=name]').fill('My server'); await page.locator('[name=login][value=key]').check({ force: true }); await page.locator('dialog[open] button[type=submit]').click() } },
  { name: 'server-host-key', hash: '#/nodes', prepare: (page) => addServer(page, 'deploy@web-9.example.com:2222') },
  { name: 'server-host-key-other', hash: '#/nodes', prepare: async (page) => { await addServer(page, 'web-9'); await page.locator('dialog[open] input').fill('256 SHA256:AAAAztksCsDhcc0u9e8BrzqW1LWGZQkD9SHGWFjHXpA root@web-9 (ED25519)') } },
  { name: 'server-password', hash: '#/nodes', prepare: async (page) => { await addServer(page, 'known-9', 'password', 1800); await page.keyboard.type('guess'); await page.keyboard.press('Enter'); await page.waitForTimeout(1000) } },
  { name: 'server-passphrase', hash: '#/nodes', prepare: (page) => addServer(page, 'known-9', 'key', 1800) },
  { name: 'server-asks', hash: '#/nodes', prepare: (page) => addServer(page, 'known-otp', 'ssh', 1800) },
  { name: 'server-steps', hash: '#/nodes', prepare: (page) => addServer(page, 'known-9', 'ssh', 1400) },
  { name: 'server-failed-field', hash: '#/nodes', prepare: (page) => addServer(page, 'refused') },
  { name: 'server-failed', hash: '#/nodes', prepare: async (page) => { await addServer(page, 'no-docker'); await page.locator('dialog[open] section button').last().click(); await page.waitForTimeout(1600) } },
  { name: 'server-done', hash: '#/nodes', prepare: (page) => addServer(page, 'known-9', 'ssh', 4500) },
  { name: 'server-reconnect', hash: '#/nodes', scenario: 'servers', prepare: async (page) => { await page.locator('#main li button').first().click(); await page.waitForTimeout(1200) } },
  { name: 'palette-servers', hash: '#/nodes', prepare: async (page) => { await page.keyboard.press('Control+k'); await page.keyboard.type('kitchen') } },
  { name: 'looks-on', hash: '#/nodes', scenario: 'looks-on' },
  { name: 'take-over', hash: '#/nodes', scenario: 'looks-on', prepare: async (page) => { await page.locator('[role=status] button').first().click(); await page.waitForSelector('dialog[open] li'); } },
  { name: 'take-over-running', hash: '#/nodes', scenario: 'looks-on', prepare: async (page) => { await page.locator('[role=status] button').first().click(); await page.waitForSelector('dialog[open] li'); await page.locator('dialog[open] footer button').last().click(); await page.waitForTimeout(900) } },
  { name: 'recovery-key', hash: '#/nodes', prepare: (page) => page.locator('#main section button').first().click() },
  { name: 'server-theirs', hash: '#/nodes', prepare: async (page) => { await addServer(page, 'known-theirs', 'ssh', 2600); await page.keyboard.type('K7Q2'); await page.keyboard.press('Enter'); await page.waitForTimeout(300) } },
  { name: 'drain-dialog', hash: '#/node/v1/Node/~/kitchen-1', prepare: async (page) => { await page.locator('#main header button').last().click(); await page.waitForSelector('dialog[open] li') } },
  { name: 'drain-running', hash: '#/node/v1/Node/~/kitchen-1', prepare: async (page) => { await page.locator('#main header button').last().click(); await page.waitForSelector('dialog[open] li'); await page.locator('dialog[open] footer button').last().click(); await page.waitForSelector('dialog[open] [role=progressbar]') } },
  { name: 'loss', hash: '#/node/v1/Node/~/kitchen-1', prepare: async (page) => { await page.locator('#main header button', { hasText: /^(What if it were lost\?|서버를 잃는다면\?)$/ }).click(); await page.waitForSelector('dialog[open] li') } },
  { name: 'rebalance', hash: '#/nodes', prepare: async (page) => { await openRebalance(page); await page.waitForSelector('dialog[open] li') } },
  { name: 'rebalance-running', hash: '#/nodes', prepare: async (page) => { await openRebalance(page); await page.waitForSelector('dialog[open] li'); await page.locator('dialog[open] footer button').last().click(); await page.waitForTimeout(1900) } },
  { name: 'editor-pending', hash: '#/editor', prepare: async (page) => { await page.locator('.cm-content').click(); await page.keyboard.press('Control+End'); await page.keyboard.insertText('---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: gpu-training\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: t}}\n  template:\n    metadata: {labels: {app: t}}\n    spec: {containers: [{name: c, image: nginx}]}\n'); await page.keyboard.press('Control+Enter'); await page.waitForSelector('#where-it-lands'); await page.waitForTimeout(800); await page.locator('#where-it-lands').scrollIntoViewIfNeeded() } },
  { name: 'resources', hash: '#/resources' },
  { name: 'resources-table', hash: '#/resources/apps%2Fv1/StatefulSet' },
  { name: 'resources-wide', hash: '#/resources/apps%2Fv1/StatefulSet', prepare: (page) => page.locator('button[aria-pressed]').last().click() },
  { name: 'resources-none', hash: '#/resources/v1/Secret' },
  { name: 'resources-big', hash: '#/resources/v1/ConfigMap', scenario: 'big' },
  { name: 'resources-filter-none', hash: '#/resources/v1/ConfigMap', prepare: (page) => page.getByRole('searchbox').last().fill('zzz') },
  { name: 'resources-error', hash: '#/resources', scenario: 'error' },
  { name: 'resources-loading', hash: '#/resources', scenario: 'loading' },
  { name: 'resource', hash: '#/resource/apps%2Fv1/StatefulSet/data/orders-db' },
  { name: 'resource-gone', hash: '#/resource/v1/ConfigMap/data/nothing' },
  { name: 'resource-scale-bad', hash: '#/resource/apps%2Fv1/StatefulSet/data/orders-db', prepare: async (page) => { await page.locator('#main header button').first().click(); await page.locator('dialog[open] input').fill('many'); await page.keyboard.press('Enter') } },
  { name: 'resource-cron', hash: '#/resource/batch%2Fv1/CronJob/default/nightly-report' },
  { name: 'new-cronjob', hash: '#/editor/new/CronJob' },
  { name: 'new-menu', hash: '#/resources', prepare: (page) => page.locator('#main button[aria-haspopup=menu]').click() },
  { name: 'deploy', hash: '#/deploy' },
  { name: 'editor', hash: '#/editor' },
  { name: 'palette', hash: '#/apps', prepare: async (page) => { await page.keyboard.press('Control+k'); await page.keyboard.type('website') } },
  { name: 'image-dialog', hash: `${APP}/my-website-deployment`, prepare: async (page) => { await page.locator('#main button', { hasText: /^(Change|변경)$/ }).click(); await page.locator('dialog[open] input').fill('nginx:1.27'); await page.waitForSelector('dialog[open] .cm-content') } },
  { name: 'image-dialog-bad', hash: `${APP}/my-website-deployment`, prepare: async (page) => { await page.locator('#main button', { hasText: /^(Change|변경)$/ }).click(); await page.locator('dialog[open] input').fill('nginx 1.27') } },
  { name: 'rollback-dialog', hash: `${APP}/menu-api/history`, prepare: async (page) => { await page.locator('#panel button').last().click(); await page.waitForSelector('dialog[open] .cm-content') } },
  { name: 'delete-dialog', hash: `${APP}/my-website-deployment`, prepare: async (page) => { await page.locator('header button[aria-haspopup=menu]').last().click(); await page.locator('[role=menuitem]').last().click() } },
  { name: 'scaled', hash: `${APP}/my-website-deployment`, prepare: async (page) => { await page.locator('[role=spinbutton]').press('ArrowUp'); await page.waitForTimeout(1600) } },
  { name: 'deploy-bad', hash: '#/deploy', prepare: async (page) => { await page.locator('[name=name]').fill('My Site'); await page.locator('[name=replicas]').fill('many'); await page.locator('button[type=submit]').click() } },
  { name: 'deploy-review', hash: '#/deploy', prepare: async (page) => { await page.locator('[name=name]').fill('hello'); await page.locator('[name=image]').fill('nginx:1.27'); await page.locator('[name=port]').fill('80'); await page.locator('button[type=submit]').click(); await page.waitForSelector('dialog[open] .cm-content') } },
  { name: 'editor-bad', hash: '#/editor', prepare: async (page) => { await page.locator('.cm-content').click(); await page.keyboard.press('Control+End'); await page.keyboard.insertText('---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: other\nspec:\n  replicas: three\n  replica: 3\n'); await page.waitForTimeout(1200) } },
  { name: 'editor-review', hash: '#/editor/apps%2Fv1/Deployment/default/menu-api', prepare: async (page) => { await page.locator('.cm-content').click(); await page.getByText('replicas').click(); await page.keyboard.press('End'); await page.keyboard.press('Backspace'); await page.keyboard.type('7'); await page.keyboard.press('Control+Enter'); await page.waitForSelector('.cm-insertedLine, .cm-changedLine') } },
  { name: 'stacks', hash: '#/stacks', scenario: 'swarm' },
  { name: 'stacks-none', hash: '#/stacks' },
  { name: 'stacks-loading', hash: '#/stacks', scenario: 'loading' },
  { name: 'stacks-error', hash: '#/stacks', scenario: 'error' },
  { name: 'stack', hash: '#/stack/shop', scenario: 'swarm' },
  { name: 'stack-gone', hash: '#/stack/nothing', scenario: 'swarm' },
  { name: 'stack-remove', hash: '#/stack/shop', scenario: 'swarm', prepare: async (page) => { await page.locator('#main header button').last().click(); await page.waitForSelector('dialog[open] li') } },
  { name: 'stack-removing', hash: '#/stack/shop', scenario: 'swarm', prepare: async (page) => { await page.locator('#main header button').last().click(); await page.waitForSelector('dialog[open] li'); await page.locator('dialog[open] input').fill('shop'); await page.keyboard.press('Enter'); await page.waitForTimeout(600) } },
  { name: 'files', hash: '#/files', scenario: 'swarm' },
  { name: 'file-new', hash: '#/files', scenario: 'swarm', prepare: (page) => page.locator('#main header button').last().click() },
  { name: 'rotate', hash: '#/files', scenario: 'swarm', prepare: (page) => page.locator('#main tbody button').first().click() },
  { name: 'rotate-review', hash: '#/files', scenario: 'swarm', prepare: async (page) => { await page.locator('#main tbody button').first().click(); await page.locator('dialog[open] textarea').fill('secret'); await page.locator('dialog[open] footer button').last().click(); await page.waitForSelector('dialog[open] .cm-content') } },
  { name: 'rotate-running', hash: '#/files', scenario: 'swarm', prepare: async (page) => { await page.locator('#main tbody button').first().click(); await page.locator('dialog[open] textarea').fill('secret'); await page.locator('dialog[open] footer button').last().click(); await page.waitForSelector('dialog[open] .cm-content'); await page.locator('dialog[open] footer button').last().click(); await page.waitForTimeout(700) } },
  { name: 'file-remove', hash: '#/files', scenario: 'swarm', prepare: (page) => page.locator('#main tbody tr').last().locator('button').last().click() },
  { name: 'networks', hash: '#/stacks/networks', scenario: 'swarm' },
  { name: 'network-new', hash: '#/stacks/networks', scenario: 'swarm', prepare: (page) => page.locator('#panel button').first().click() },
  { name: 'stack-editor', hash: '#/editor/swarm/Stack/~/shop', scenario: 'swarm' },
  { name: 'stack-editor-choices', hash: '#/editor', scenario: 'swarm', prepare: (page) => writeText(page, 'name: shop\nservices:\n  web:\n    image: nginx:1.28\n    container_name: front\n    secrets: [key]\nsecrets:\n  key:\n    file: ./key.txt\nconfigs:\n  nginx.conf:\n    content: changed\n') },
  { name: 'stack-complete', hash: '#/editor', scenario: 'swarm', prepare: async (page) => { await writeText(page, 'name: shop\nservices:\n  web:\n    image: nginx:1.28\n    '); await page.keyboard.press('Control+Space'); await page.keyboard.type('co') } },
  { name: 'stack-hover', hash: '#/editor', scenario: 'swarm', prepare: async (page) => { await writeText(page, 'name: shop\nservices:\n  web:\n    image: nginx:1.28\n    container_name: front\n'); await page.getByText('container_name').first().hover(); await page.waitForTimeout(700) } },
  { name: 'swarm', hash: '#/overview', prepare: (page) => page.locator('[role=radio]').first().click() },
  ...swarmShots,
  { name: 'namespaces', hash: '#/apps', prepare: (page) => page.locator('header button[aria-haspopup=menu]').first().click() },
  { name: 'lost', hash: '#/nowhere' },
]

const { values: args } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string' }, theme: { type: 'string' }, language: { type: 'string' } } })
const out = args.out ?? (await mkdtemp(join(tmpdir(), 'toque-screens-')))
await mkdir(out, { recursive: true })
const only = args.only?.split(',')
const executablePath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path !== undefined && existsSync(path))
if (executablePath === undefined) throw new Error('No Chromium found: install one (Debian: apt-get install chromium) or name it in CHROMIUM.')

const dist = await mkdtemp(join(tmpdir(), 'toque-screens-dist-'))
await build({
  ...renderer, configFile: false, logLevel: 'warn', build: { ...renderer.build, outDir: dist, rolldownOptions: { input: resolve(renderer.root, 'testing/index.html') } },
})
const server = await preview({ ...renderer, configFile: false, build: { outDir: dist }, preview: { host: '127.0.0.1', port: 0 } })
const url = server.resolvedUrls?.local[0] ?? ''
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
let failed = 0
try {
  for (const theme of ['light', 'dark'].filter((t) => args.theme === undefined || t === args.theme)) {
    for (const language of ['en', 'ko'].filter((l) => args.language === undefined || l === args.language)) {
      for (const shot of SHOTS.filter((s) => only === undefined || only.includes(s.name))) {
        const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: theme === 'dark' ? 'dark' : 'light', locale: language === 'ko' ? 'ko-KR' : 'en-US', reducedMotion: 'reduce' })
        const page = await context.newPage()
        page.on('pageerror', (error) => { failed++; console.error(`${shot.name}: ${error.message}`) })
        page.on('console', (message) => { if (message.type() === 'error') console.error(`${shot.name}: ${message.text()}`) })
        await page.goto(`${url}testing/index.html?scenario=${shot.scenario ?? 'lively'}&${shot.query ?? ''}${shot.hash}`)
        await page.waitForSelector('#main')
        await page.waitForTimeout(600)
        try {
          await shot.prepare?.(page)
        } catch (error) {
          failed++
          console.error(`${shot.name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`)
        }
        await page.waitForTimeout(900)
        await page.screenshot({ path: join(out, `${shot.name}-${theme}-${language}.png`) })
        await context.close()
      }
    }
  }
} finally {
  await browser.close()
  await server.close()
  await rm(dist, { recursive: true, force: true })
}
console.log(out)
process.exitCode = failed === 0 ? 0 : 1
