import type { Locator } from '@playwright/test'
import { expect } from '@playwright/test'
import type { ToquePage } from './toque-page.ts'

/** What goes into the form's fields, by their labels. */
export interface ServerFields {
  Server: string
  User?: string
  Port?: string
  /** The login's title. */
  login?: 'As ssh would' | 'A key file' | 'Password'
  'Key file'?: string
}

/** The dialog that adds a server. */
export class AddServerDialog {
  readonly #toque: ToquePage
  readonly dialog: Locator

  constructor(toque: ToquePage) {
    this.#toque = toque
    this.dialog = toque.page.getByRole('dialog')
  }

  async begin({ login, ...fields }: ServerFields): Promise<void> {
    await this.#toque.go('Nodes')
    await this.#toque.main.getByRole('button', { name: 'Add a server' }).first().click()
    await this.fill(fields)
    if (login !== undefined) await this.dialog.getByRole('radio', { name: login }).check({ force: true })
    if (fields['Key file'] !== undefined) await this.dialog.getByRole('combobox', { name: 'Key file' }).fill(fields['Key file'])
    await this.submit()
  }

  async fill({ Server, User, Port }: Omit<ServerFields, 'login'>): Promise<void> {
    await this.dialog.getByRole('combobox', { name: 'Server' }).fill(Server)
    if (User !== undefined) await this.dialog.getByRole('textbox', { name: 'User' }).fill(User)
    if (Port !== undefined) await this.dialog.getByRole('textbox', { name: 'Port' }).fill(Port)
  }

  async submit(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Add a server' }).click()
  }

  /** Says that the shown key is the server's; `fingerprint` is what the server itself says. */
  async trust(fingerprint: string): Promise<void> {
    await expect(this.dialog.getByText(fingerprint).first()).toBeVisible()
    await this.dialog.getByRole('button', { name: 'Trust this key' }).click()
  }

  async password(value: string): Promise<void> {
    await this.dialog.getByLabel(/^Password of/).fill(value)
    await this.dialog.getByRole('button', { name: 'Log in' }).click()
  }

  async done(name: string): Promise<void> {
    await expect(this.dialog.getByText(`${name} is a node now`)).toBeVisible({ timeout: 150_000 })
    await this.dialog.getByRole('link', { name: `Open ${name}` }).click()
    await expect(this.#toque.page.getByRole('heading', { name })).toBeVisible()
  }
}
