import type { Page } from 'playwright-core'
import type { Shot } from './screenshots.ts'

const dialog = async (page: Page): Promise<void> => void (await page.waitForSelector('dialog[open] form, dialog[open] ol'))
const button = (page: Page, words: RegExp): ReturnType<Page['locator']> => page.locator('#main button', { hasText: words })
const review = (page: Page): Promise<void> => page.locator('dialog[open] button[type=submit]').click()
const confirm = (page: Page): Promise<void> => page.locator('dialog[open] footer button').last().click()

/** Pictures of Swarm mode's own pages. */
export const swarmShots: Shot[] = [
  { name: 'swarm-page', hash: '#/swarm', scenario: 'swarm' },
  { name: 'swarm-menu', hash: '#/swarm', scenario: 'swarm', prepare: (page) => page.locator('#main button[aria-haspopup=menu]').nth(1).click() },
  { name: 'swarm-none', hash: '#/swarm', scenario: 'swarm-empty' },
  { name: 'swarm-lost', hash: '#/swarm', scenario: 'swarm-lost' },
  { name: 'swarm-recover', hash: '#/swarm', scenario: 'swarm-lost', prepare: async (page) => { await button(page, /Recover from here|여기서 복구/).first().click(); await dialog(page) } },
  { name: 'swarm-unlock', hash: '#/swarm', scenario: 'swarm-lost', prepare: async (page) => { await button(page, /Unlock|잠금 해제/).last().click(); await page.keyboard.type('hello') } },
  { name: 'swarm-begin', hash: '#/swarm', scenario: 'swarm-empty', prepare: async (page) => { await button(page, /Begin a swarm|스웜 시작/).first().click(); await dialog(page); await page.locator('dialog[open] summary').click() } },
  { name: 'swarm-begin-plan', hash: '#/swarm', scenario: 'swarm-empty', prepare: async (page) => { await button(page, /Begin a swarm|스웜 시작/).first().click(); await page.waitForSelector('dialog[open] label'); await review(page); await page.waitForSelector('dialog[open] ol') } },
  { name: 'swarm-begin-no', hash: '#/swarm', scenario: 'swarm-empty', prepare: async (page) => { await button(page, /Begin a swarm|스웜 시작/).first().click(); await page.waitForSelector('dialog[open] label'); await page.locator('dialog[open] summary').click(); await page.locator('dialog[open] details input').first().fill('10.0.0.0/8'); await review(page); await page.waitForTimeout(300) } },
  { name: 'swarm-join', hash: '#/swarm', scenario: 'swarm', prepare: async (page) => { await button(page, /Let servers join|서버 참여시키기/).click(); await dialog(page) } },
  { name: 'swarm-join-running', hash: '#/swarm', scenario: 'swarm', prepare: async (page) => { await button(page, /Let servers join|서버 참여시키기/).click(); await dialog(page); await review(page); await page.waitForSelector('dialog[open] ol'); await confirm(page); await page.waitForTimeout(100) } },
  { name: 'swarm-lock', hash: '#/swarm', scenario: 'swarm', prepare: async (page) => { await button(page, /^(Lock…|잠그기…)$/).click(); await page.waitForSelector('dialog[open] ol'); await confirm(page); await page.waitForTimeout(900) } },
  { name: 'swarm-leave', hash: '#/swarm', scenario: 'swarm', prepare: async (page) => { await page.locator('#main button[aria-haspopup=menu]').nth(1).click(); await page.locator('[role=menuitem]').last().click(); await page.waitForSelector('dialog[open] ol') } },
  { name: 'swarm-nodes', hash: '#/nodes', scenario: 'swarm' },
  { name: 'swarm-nodes-none', hash: '#/nodes', scenario: 'swarm-empty' },
  { name: 'swarm-node', hash: '#/node/swarm/Node/~/kitchen-1', scenario: 'swarm' },
  { name: 'swarm-labels', hash: '#/node/swarm/Node/~/kitchen-1', scenario: 'swarm', prepare: async (page) => { await button(page, /^(Labels…|레이블…)$/).click(); await dialog(page) } },
  { name: 'swarm-overview-new', hash: '#/overview', scenario: 'swarm-new' },
  { name: 'swarm-overview-none', hash: '#/overview', scenario: 'swarm-empty' },
  { name: 'swarm-overview-lost', hash: '#/overview', scenario: 'swarm-lost' },
  { name: 'doctor', hash: '#/doctor', scenario: 'swarm' },
  { name: 'doctor-findings', hash: '#/doctor', scenario: 'swarm', prepare: async (page) => { await button(page, /Examine|진단/).first().click(); await page.waitForTimeout(1200) } },
  { name: 'doctor-pin', hash: '#/doctor', scenario: 'swarm', prepare: async (page) => { await button(page, /Examine|진단/).first().click(); await page.waitForTimeout(1200); await button(page, /data is|데이터가 있는/).click() } },
  { name: 'doctor-looking', hash: '#/doctor', scenario: 'swarm', prepare: async (page) => { await button(page, /Examine|진단/).first().click(); await page.waitForTimeout(1200); await button(page, /again|다시/).first().click(); await page.evaluate(() => new Promise((done) => setTimeout(done, 50))) } },
  { name: 'doctor-well', hash: '#/doctor', scenario: 'swarm-empty', prepare: async (page) => { await button(page, /Examine|진단/).first().click(); await page.waitForTimeout(1200) } },
  { name: 'doctor-failed', hash: '#/doctor', scenario: 'swarm-lost', prepare: async (page) => { await button(page, /Examine|진단/).first().click(); await page.waitForTimeout(1200) } },
  { name: 'which', hash: '#/which', scenario: 'swarm' },
  { name: 'which-outgrown', hash: '#/which', scenario: 'big', prepare: (page) => page.locator('input[value=some]').last().check({ force: true }) },
  { name: 'mode-dialog', hash: '#/overview', scenario: 'swarm', prepare: (page) => page.locator('[role=radio]').last().click() },
]
