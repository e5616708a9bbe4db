import type { Locator, Page } from '@playwright/test'
import { expect } from '@playwright/test'

/** Toque's window or browser tab, by what a person reads there. */
export class ToquePage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async go(where: 'Overview' | 'Apps' | 'Jobs' | 'Pods' | 'Tasks' | 'Volumes' | 'Nodes' | 'Resources' | 'Deploy' | 'Editor' | 'Stacks' | 'Secrets & configs' | 'Swarm' | 'Doctor'): Promise<void> {
    const link = this.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: where })
    await link.click()
    // The page before goes a moment after the click, and may have links that say as much as those of this one.
    await expect(link).toHaveAttribute('aria-current', 'page')
  }

  async openApp(name: string): Promise<void> {
    await this.go('Apps')
    await this.main.getByRole('link', { name, exact: true }).first().click()
    await expect(this.page.getByRole('heading', { name }).first()).toBeVisible()
  }

  /** Switches between the two worlds, by the toggle and its dialog. */
  async chooseMode(mode: 'Swarm' | 'Kubernetes'): Promise<void> {
    await this.page.getByRole('radio', { name: mode }).click()
    await this.page.getByRole('dialog').getByRole('button', { name: `Switch to ${mode}` }).click()
    await expect(this.page.getByRole('radio', { name: mode })).toBeChecked()
  }

  /** Opens the table of a kind in the explorer. */
  async openKind(kind: string): Promise<void> {
    await this.go('Resources')
    await this.page.getByRole('navigation', { name: 'Kinds' }).getByRole('link', { name: new RegExp(`^${kind}\\b`) }).click()
  }

  /** The table of a kind that is shown. */
  tableOf(kind: string): Locator {
    return this.page.getByRole('table', { name: `${kind} objects` })
  }

  async tab(name: string): Promise<void> {
    await this.page.getByRole('tab', { name }).click()
  }

  /** `3 of 3 ready` on the app's screen. */
  async expectReady(ready: number, desired = ready): Promise<void> {
    const shown = this.page.getByText(`${String(ready)} of ${String(desired)} ready`).first()
    await expect(shown).toBeVisible().catch(async (error: unknown) => {
      // What the page says instead is what one wants to know.
      throw new Error(`The page says: ${await this.main.innerText()}`, { cause: error })
    })
  }

  /** What is between the navigation and the edges. */
  get main(): Locator {
    return this.page.getByRole('main')
  }

  get form(): Locator {
    return this.page.getByRole('form', { name: 'Deploy an app' })
  }

  /** Fills fields of the form, by their labels. */
  async fillForm(fields: Record<string, string>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) await this.form.getByRole('textbox', { name: label, exact: true }).fill(value)
  }

  /** Reviews what the form would do, then does it. */
  async deploy(): Promise<void> {
    await this.form.getByRole('button', { name: 'Review changes' }).click()
    await this.page.getByRole('dialog', { name: 'What will change' }).getByRole('button', { name: 'Apply', exact: true }).click()
  }

  /** Runs a command of the palette, by the keyboard. */
  async choose(command: string): Promise<void> {
    await this.page.keyboard.press('Control+k')
    await expect(this.page.getByRole('dialog').getByRole('combobox')).toBeFocused()
    await this.page.keyboard.type(command)
    await expect(this.page.getByRole('option', { name: command }).first()).toHaveAttribute('aria-selected', 'true')
    await this.page.keyboard.press('Enter')
  }

  /** Presses Tab until something has the focus. */
  async tabTo(target: Locator): Promise<void> {
    await expect(target).toBeVisible()
    for (let i = 0; i < 60; i++) {
      await this.page.keyboard.press('Tab')
      if (await target.evaluate((element) => element === document.activeElement)) return
    }
    throw new Error('60 presses of Tab did not lead there')
  }

  isDark(): Promise<boolean> {
    return this.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme === 'dark')
  }

  get yamlText(): Locator {
    return this.page.getByRole('textbox', { name: 'YAML text' })
  }

  /** The editor's text, as far as it is on the screen. */
  async editedText(): Promise<string> {
    return (await this.yamlText.innerText()).replaceAll('\u00a0', ' ')
  }

  /** Replaces the editor's text. */
  async write(yaml: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'YAML text' }).click()
    await this.page.keyboard.press('ControlOrMeta+a')
    await this.page.keyboard.insertText(yaml)
  }

  /** Reviews what the editor's text would change, then applies it. */
  async reviewAndApply(): Promise<void> {
    await this.page.getByRole('button', { name: 'Review changes' }).click()
    await expect(this.page.getByRole('heading', { name: 'What will change' })).toBeVisible()
    await this.page.getByRole('button', { name: 'Apply', exact: true }).click()
  }

  /** The editor's list of what is wrong. */
  get problems(): Locator {
    return this.page.getByRole('alert', { name: 'What is wrong' })
  }

  /** Takes back what a notification tells of. Those of what was done before may still be there, too. */
  async undo(done: string): Promise<void> {
    await this.page.getByRole('status').filter({ hasText: done }).getByRole('button', { name: 'Undo' }).click()
  }

  async changeImage(image: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Change', exact: true }).click()
    const dialog = this.page.getByRole('dialog', { name: 'Change image' })
    await dialog.getByRole('textbox', { name: 'Image' }).fill(image)
    await dialog.getByRole('button', { name: 'Update image' }).click()
    await expect(dialog).toBeHidden()
  }

  async rollBack(revision: number): Promise<void> {
    const name = `Roll back to revision ${String(revision)}`
    await this.tab('History')
    await this.page.getByRole('button', { name }).click()
    await this.page.getByRole('dialog', { name }).getByRole('button', { name: 'Roll back', exact: true }).click()
    await this.tab('Overview')
  }

  /** Opens the first pod of the app that is on the screen, once it has `count` of them: an ending one would go away under our hands. */
  async openFirstPod(count: number): Promise<string> {
    const links = this.page.getByRole('table').getByRole('link')
    await expect(links).toHaveCount(count)
    const link = links.first()
    const name = (await link.textContent())?.trim() ?? ''
    await link.click()
    await expect(this.page.getByRole('heading', { name })).toBeVisible()
    return name
  }

  get banner(): Locator {
    return this.page.getByRole('status')
  }
}
