import type { Locator } from '@playwright/test'
import { expect } from '@playwright/test'
import type { ToquePage } from './toque-page.ts'

/** Stacks, secrets and configs of a swarm on the screens. */
export class StacksPages {
  readonly #toque: ToquePage

  constructor(toque: ToquePage) {
    this.#toque = toque
  }

  get dialog(): Locator {
    return this.#toque.page.getByRole('dialog')
  }

  /** Writes a text into the editor and says what is wrong at which line. */
  async expectProblem(text: string, sentence: string | RegExp, line: number): Promise<void> {
    await this.#toque.write(text)
    const problem = this.#toque.problems.getByRole('listitem').filter({ hasText: sentence })
    await expect(problem).toBeVisible()
    await expect(problem.getByRole('button', { name: `line ${String(line)}`, exact: true })).toBeVisible()
  }

  /** Gives the deploy a file that the text names. */
  async giveFile(path: string, content: string): Promise<void> {
    await this.#toque.main.getByRole('button', { name: `Give ${path}` }).click()
    await this.dialog.getByRole('textbox', { name: 'Content' }).fill(content)
    await this.dialog.getByRole('button', { name: 'Use it' }).click()
    await expect(this.dialog).toHaveCount(0)
  }

  /** Reviews what the editor's text would do, then does it, and waits until the stack's page is there. */
  async deploy(stack: string): Promise<void> {
    await this.#toque.reviewAndApply()
    await this.expectStack(stack)
  }

  async expectStack(stack: string): Promise<void> {
    await expect(this.#toque.main.getByRole('heading', { name: stack, level: 1, exact: true })).toBeVisible().catch(async (error: unknown) => {
      throw new Error(`The page says: ${await this.#toque.page.locator('body').innerText()}`, { cause: error })
    })
  }

  /** `2 of 2 ready`, of a service on its stack's page. */
  async expectService(name: string, ready: number): Promise<void> {
    const row = this.#toque.main.getByRole('table', { name: 'Services' }).getByRole('row').filter({ hasText: name })
    await expect(row).toContainText(`${String(ready)} of ${String(ready)} ready`, { timeout: 150_000 })
  }

  async open(stack: string): Promise<void> {
    await this.#toque.go('Stacks')
    await this.#toque.main.getByRole('link', { name: stack, exact: true }).click()
    await this.expectStack(stack)
  }

  /** Gives a secret or a config of a stack another content; what it would do to the services is shown first. */
  async rotate(stack: string, key: string, content: string, services: readonly string[]): Promise<void> {
    const name = `${stack}_${key}`
    await this.#toque.go('Secrets & configs')
    await this.#toque.main.getByRole('button', { name: `Rotate… ${name}`, exact: true }).click()
    await this.dialog.getByRole('textbox', { name: 'New content' }).fill(content)
    await this.dialog.getByRole('button', { name: 'Review changes' }).click()
    for (const service of services) await expect(this.dialog.getByRole('region', { name: `Service ${service}` })).toContainText(new RegExp(`source: ${key}_[0-9a-f]{10}`))
    await this.dialog.getByRole('button', { name: 'Rotate', exact: true }).click()
    await expect(this.dialog.getByText(`${name} has its new content everywhere`)).toBeVisible({ timeout: 150_000 })
    await this.dialog.getByRole('button', { name: 'Close' }).last().click()
  }

  /** Removes the stack whose page is shown, after a look at what goes. */
  async remove(stack: string, goes: readonly string[]): Promise<void> {
    await this.#toque.main.getByRole('button', { name: 'Remove', exact: true }).click()
    for (const name of goes) await expect(this.dialog).toContainText(name)
    const remove = this.dialog.getByRole('button', { name: 'Remove', exact: true })
    await expect(remove).toBeDisabled()
    await this.dialog.getByRole('textbox', { name: `Type ${stack} to confirm` }).fill(stack)
    await remove.click()
    await expect(this.dialog).toHaveCount(0, { timeout: 150_000 })
  }
}
