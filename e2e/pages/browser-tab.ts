import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { _electron } from '@playwright/test'
import { electronPath } from '../lab/tools.ts'
import { ToquePage } from './toque-page.ts'

/** A plain browser with one tab: the Chromium inside Electron, with nothing of the desktop app in it (no preload script, a profile of its own). */
const BROWSER = `
import { app, BrowserWindow } from 'electron'
app.setPath('userData', process.env.BROWSER_PROFILE)
// Not awaited: Electron is not ready before its main module is over.
app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 820, webPreferences: { sandbox: true, contextIsolation: true } }).loadURL(process.env.BROWSER_URL))
`

/** Toque in a browser tab. */
export class BrowserTab {
  readonly page: ToquePage
  readonly #electron: ElectronApplication
  readonly #dir: string

  private constructor(electron: ElectronApplication, page: ToquePage, dir: string) {
    this.#electron = electron
    this.page = page
    this.#dir = dir
  }

  static async open(url: string): Promise<BrowserTab> {
    const dir = await mkdtemp(join(tmpdir(), 'toque-browser-'))
    await writeFile(join(dir, 'main.mjs'), BROWSER)
    const electron = await _electron.launch({
      executablePath: electronPath(), args: ['--no-sandbox', join(dir, 'main.mjs')],
      env: { ...process.env as Record<string, string>, BROWSER_URL: url, BROWSER_PROFILE: join(dir, 'profile'), LANGUAGE: 'en', LANG: 'en_US.UTF-8' },
    })
    return new BrowserTab(electron, new ToquePage(await electron.firstWindow()), dir)
  }

  async close(): Promise<void> {
    await this.#electron.close()
    await rm(this.#dir, { recursive: true, force: true })
  }
}
