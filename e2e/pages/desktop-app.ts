import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { _electron, expect } from '@playwright/test'
import { onDockerOf } from '../harness/headless-process.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { repository } from '../lab/places.ts'
import { electronPath } from '../lab/tools.ts'
import { ToquePage } from './toque-page.ts'

/** The desktop app, in the real Electron. */
export class DesktopApp {
  readonly page: ToquePage
  /** What the app and its engine print. */
  readonly log: string[] = []
  readonly #electron: ElectronApplication

  private constructor(electron: ElectronApplication, page: ToquePage) {
    this.#electron = electron
    this.page = page
    for (const output of [electron.process().stdout, electron.process().stderr]) output?.on('data', (said: Buffer) => this.log.push(said.toString()))
  }

  /** On a server's Docker as if it were this machine's. */
  static open(host: LabHost, data: string): Promise<DesktopApp> {
    return DesktopApp.#launch(onDockerOf(host, data))
  }

  /** On a desk of its own that is no server: `home` has its keys and its ~/.ssh/config. */
  static openDesk(home: string): Promise<DesktopApp> {
    return DesktopApp.#launch(['--data', join(home, 'toque'), '--no-local'], { HOME: home, SSH_AUTH_SOCK: '' })
  }

  static async #launch(args: readonly string[], env: Record<string, string> = {}): Promise<DesktopApp> {
    const electron = await _electron.launch({
      executablePath: electronPath(),
      args: ['--no-sandbox', repository, ...args],
      env: { ...process.env as Record<string, string>, LANGUAGE: 'en', LANG: 'en_US.UTF-8', ...env },
    })
    return new DesktopApp(electron, new ToquePage(await electron.firstWindow()))
  }

  /** SIGKILLs the engine's process and resolves with its ID once another one runs: a click before that may be lost with the old one. */
  async killEngine(): Promise<number> {
    const pid = await this.#enginePid()
    if (pid === 0) throw new Error('the app runs no engine')
    process.kill(pid, 'SIGKILL')
    await expect.poll(async () => [0, pid].includes(await this.#enginePid())).toBe(false)
    return pid
  }

  /** 0: none runs. */
  #enginePid(): Promise<number> {
    return this.#electron.evaluate(({ app }) => app.getAppMetrics().find((m) => m.type === 'Utility' && m.name === 'Toque engine')?.pid ?? 0)
  }

  /** Gives the page this size, in pixels. */
  async resize(size: { width: number; height: number }): Promise<void> {
    await this.#electron.evaluate(({ BrowserWindow }, { width, height }) => BrowserWindow.getAllWindows()[0]?.setContentSize(width, height), size)
  }

  async close(): Promise<void> {
    await this.#electron.close()
  }
}
