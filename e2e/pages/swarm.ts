import type { Locator } from '@playwright/test'
import { expect } from '@playwright/test'
import type { ToquePage } from './toque-page.ts'

/** The page of the swarm's members, and the dialogs that change them. */
export class SwarmPage {
  readonly dialog: Locator
  readonly #toque: ToquePage

  constructor(toque: ToquePage) {
    this.#toque = toque
    this.dialog = toque.page.getByRole('dialog')
  }

  async open(): Promise<void> {
    await this.#toque.go('Swarm')
    await expect(this.#toque.page.getByRole('heading', { name: 'Servers', exact: true })).toBeVisible()
  }

  /** A server in the list. */
  row(name: string): Locator {
    return this.#toque.main.getByRole('listitem').filter({ hasText: name })
  }

  /** What is said of the swarm as a whole: a warning, by its title. */
  banner(title: string): Locator {
    return this.#toque.main.getByRole('region', { name: title })
  }

  /** Presses a button of a server's row. */
  async ask(name: string, action: string): Promise<void> {
    await this.row(name).getByRole('button', { name: action }).click()
    await expect(this.dialog).toBeVisible()
  }

  /** From a filled form to its plan. */
  async review(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Review changes' }).click()
  }

  /** A step of the plan that is shown. */
  step(text: string | RegExp): Locator {
    return this.dialog.getByRole('list', { name: 'What is done' }).getByRole('listitem').filter({ hasText: text })
  }

  /** Does what is planned, and waits until it is done; a failure is told with what the dialog says. */
  async run(verb: string): Promise<void> {
    await this.dialog.getByRole('button', { name: verb, exact: true }).click()
    await expect(this.dialog).toBeHidden().catch(async (error: unknown) => {
      throw new Error(`The dialog says: ${await this.dialog.innerText()}`, { cause: error })
    })
  }

  /** Begins a swarm with everything as it is proposed. */
  async begin(name: string): Promise<void> {
    await this.ask(name, 'Begin a swarm here…')
    await this.review()
    await this.run('Begin the swarm')
    await expect(this.row(name)).toContainText('Leader')
  }

  /** Lets a server join that is in no swarm. */
  async join(name: string, role: 'Worker' | 'Manager'): Promise<void> {
    await this.ask(name, 'Join…')
    await this.role(role)
    await this.review()
    await this.run('Join')
    await expect(this.row(name)).toContainText(role)
  }

  async role(role: 'Worker' | 'Manager'): Promise<void> {
    await this.dialog.getByRole('radio', { name: new RegExp(`^${role}:`) }).check({ force: true })
  }
}
