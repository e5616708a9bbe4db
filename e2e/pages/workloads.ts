import type { Locator } from '@playwright/test'
import { expect } from '@playwright/test'
import type { ToquePage } from './toque-page.ts'

/** The screens of jobs, of schedules and of what scales an app, by what a person reads there. */
export class Workloads {
  readonly #toque: ToquePage

  constructor(toque: ToquePage) {
    this.#toque = toque
  }

  /** The dialog of this name. */
  dialog(name: string | RegExp): Locator {
    return this.#toque.page.getByRole('dialog', { name })
  }

  /** Replaces the editor's text and applies it. */
  async apply(...objects: object[]): Promise<void> {
    await this.#toque.go('Editor')
    await this.#toque.write(objects.map((o) => JSON.stringify(o)).join('\n---\n'))
    await this.#toque.reviewAndApply()
  }

  /** A row of the list of apps. */
  app(name: string): Locator {
    return this.#rowOf('Apps', name)
  }

  /** The row of a place or a node in an app's own table. */
  placeOf(text: string): Locator {
    return this.#toque.main.getByRole('table').getByRole('row').filter({ hasText: text })
  }

  async openJobs(tab: 'Jobs' | 'Schedules'): Promise<void> {
    await this.#toque.go('Jobs')
    await this.#toque.tab(tab)
  }

  schedule(name: string): Locator {
    return this.#rowOf('Schedules', name)
  }

  job(name: string | RegExp): Locator {
    return this.#rowOf('Jobs', name)
  }

  /** Reads what would be started, then starts it. */
  async runNow(name: string, plan: string): Promise<void> {
    const dialog = this.dialog(`Run ${name} now?`)
    await expect(dialog.getByText(plan).first()).toBeVisible()
    await dialog.getByRole('button', { name: 'Run now' }).click()
    await expect(dialog).toBeHidden()
  }

  /** Fills fields of the open dialog, by their labels. */
  async fill(dialog: Locator, fields: Record<string, string>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) await dialog.getByRole('textbox', { name: label, exact: true }).fill(value)
  }

  #rowOf(table: string, name: string | RegExp): Locator {
    const link = this.#toque.page.getByRole('link', typeof name === 'string' ? { name, exact: true } : { name })
    return this.#toque.page.getByRole('table', { name: table }).getByRole('row').filter({ has: link })
  }
}
