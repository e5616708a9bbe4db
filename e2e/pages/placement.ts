import type { Locator, Page } from '@playwright/test'
import { expect } from '@playwright/test'

/** What the screens say of where pods run, and why, by what a person reads there. */
export class PlacementViews {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  /** The rows of a plan: in a review, or in the rehearsal of a loss. */
  get landings(): Locator {
    return this.#page.getByRole('list', { name: 'Where it would run' }).getByRole('listitem')
  }

  /** On a pod's page: a row for each node. */
  verdictOf(node: string): Locator {
    return this.#page.getByRole('table', { name: 'Nodes, and why not' }).getByRole('row', { name: new RegExp(node) })
  }

  get help(): Locator {
    return this.#page.getByRole('list', { name: 'What would help' })
  }

  /** On a node's page. */
  async rehearseLoss(node: string): Promise<Locator> {
    await this.#page.getByRole('button', { name: 'What if it were lost?' }).click()
    const dialog = this.#page.getByRole('dialog', { name: `If ${node} were lost` })
    await expect(dialog).toBeVisible()
    return dialog
  }

  /** On the page of all nodes. */
  async openRebalance(): Promise<RebalanceDialog> {
    await this.#page.getByRole('button', { name: 'Rebalance…' }).click()
    return new RebalanceDialog(this.#page.getByRole('dialog', { name: 'Rebalance' }))
  }
}

/** The plan of a rebalance, and how it goes. */
export class RebalanceDialog {
  readonly dialog: Locator

  constructor(dialog: Locator) {
    this.dialog = dialog
  }

  get moves(): Locator {
    return this.dialog.getByRole('list', { name: 'Pods to move' }).getByRole('listitem')
  }

  button(name: 'Rebalance now' | 'Stop' | 'Plan anew' | 'Close' | 'Cancel'): Locator {
    return this.dialog.locator('footer').getByRole('button', { name })
  }

  get byItself(): Locator {
    return this.dialog.getByRole('checkbox', { name: /Rebalance by itself/ })
  }
}
