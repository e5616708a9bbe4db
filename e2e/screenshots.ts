import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Page } from 'playwright-core'
import { build, preview } from 'vite'
import { renderer } from '../src-renderer/vite.config.ts'

// Pictures of every screen, on the fake cluster, in both themes and both languages:
//   tsx e2e/screenshots.ts [--out DIR] [--only NAME,NAME] [--theme light|dark] [--language en|ko]
// They are for looking at, and for the README. Needs a Chromium (CHROMIUM=/path/to/it, or Debian's).

interface Shot {
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
  { name: 'app-rolling', hash: `${APP}/menu-api` },
  { name: 'app-crashing', hash: `${APP}/reservations` },
  { name: 'app-history', hash: `${APP}/menu-api/history` },
  { name: 'app-logs', hash: `${APP}/my-website-deployment/logs` },
  { name: 'app-events', hash: `${APP}/reservations/events` },
  { name: 'app-yaml', hash: `${APP}/my-website-deployment/yaml` },
  { name: 'pods', hash: '#/pods' },
  { name: 'pod', hash: '#/pods', prepare: (page) => firstPod(page, 'reservations') },
  { name: 'pod-pending', hash: '#/pods', prepare: (page) => firstPod(page, 'recommender') },
  { name: 'pod-logs', hash: '#/pods', prepare: async (page) => { await firstPod(page, 'my-website'); await page.locator('#tab-logs').click() } },
  { name: 'pod-terminal', hash: '#/pods', prepare: async (page) => { await firstPod(page, 'my-website'); await page.locator('#tab-terminal').click(); await page.waitForSelector('.xterm-rows'); await page.keyboard.type('ls\rhostname\r') } },
  { name: 'pod-yaml', hash: '#/pods', prepare: async (page) => { await firstPod(page, 'my-website'); await page.locator('#tab-yaml').click() } },
  { name: 'nodes', hash: '#/nodes' },
  { name: 'node', hash: '#/node/v1/Node/~/kitchen-1' },
  { name: 'drain-dialog', hash: '#/node/v1/Node/~/kitchen-1', prepare: async (page) => { await page.locator('#main header button').last().click(); await page.waitForSelector('dialog[open] li') } },
  { name: 'drain-running', hash: '#/node/v1/Node/~/kitchen-1', prepare: async (page) => { await page.locator('#main header button').last().click(); await page.waitForSelector('dialog[open] li'); await page.locator('dialog[open] footer button').last().click(); await page.waitForSelector('dialog[open] [role=progressbar]') } },
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
  { name: 'swarm', hash: '#/overview', prepare: (page) => page.locator('[role=radio]').first().click() },
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
