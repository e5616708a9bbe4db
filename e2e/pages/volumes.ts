import type { Locator } from '@playwright/test'
import { expect } from '@playwright/test'
import type { ToquePage } from './toque-page.ts'

/** Volumes and their copies, by what a person reads there. */
export class VolumeViews {
  readonly #toque: ToquePage

  constructor(toque: ToquePage) {
    this.#toque = toque
  }

  /** Of the list of all volumes. */
  rowOf(claim: string): Locator {
    return this.#toque.page.getByRole('table', { name: 'Volumes' }).getByRole('row', { name: new RegExp(`^${claim}\\b`) })
  }

  async open(claim: string): Promise<void> {
    await this.#toque.go('Volumes')
    await this.rowOf(claim).getByRole('link', { name: claim, exact: true }).click()
    await expect(this.#toque.main.getByRole('heading', { name: claim, level: 1 })).toBeVisible()
  }

  /** On a claim's page, the newest first. */
  get copies(): Locator {
    return this.#toque.main.getByRole('list', { name: /^Copies/ }).getByRole('listitem')
  }

  async openBackUp(claim: string): Promise<Locator> {
    await this.#toque.main.getByRole('button', { name: 'Back up now' }).click()
    const dialog = this.#toque.page.getByRole('dialog', { name: `Back up ${claim}` })
    await expect(dialog).toBeVisible()
    return dialog
  }

  /** Opens the dialog for bringing a copy back. */
  async openRestore(copy: Locator, claim: string): Promise<Locator> {
    await copy.getByRole('button', { name: /^Restore the copy of/ }).click()
    const dialog = this.#toque.page.getByRole('dialog', { name: `Restore ${claim}` })
    await expect(dialog).toBeVisible()
    return dialog
  }

  /** Confirms what a restore's dialog shows, by typing the claim's name. */
  async restore(dialog: Locator, claim: string): Promise<void> {
    const button = dialog.getByRole('button', { name: 'Restore', exact: true })
    await expect(button).toBeDisabled()
    await dialog.getByRole('textbox', { name: `Type ${claim} to confirm` }).fill(claim)
    await button.click()
  }
}
