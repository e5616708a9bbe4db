import type { Preferences, Settings } from '../../src-main/common/contract/index.ts'
import { language } from './i18n.svelte.ts'

const KEY = 'toque.preferences'

/** Language and theme: the desk's settings, with a copy in the page so that the first picture is right. */
class PreferencesState {
  value = $state.raw<Preferences>({ language: 'system', theme: 'system' })
  /** What `system` comes to, for things that are drawn and not styled. */
  dark = $state(false)
  #settings: Settings | undefined

  /** Before anything is drawn: the page's own copy. */
  restore(): void {
    try {
      this.value = { ...this.value, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) }
    } catch {
      // A damaged copy: the desk's settings follow.
    }
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#apply())
    this.#apply()
  }

  /** Then the desk's. */
  async load(settings: Settings): Promise<void> {
    this.#settings = settings
    this.value = await settings.read()
    this.#apply()
  }

  async change(change: Partial<Preferences>): Promise<void> {
    this.value = { ...this.value, ...change }
    this.#apply()
    if (this.#settings !== undefined) await this.#settings.write(change)
  }

  #apply(): void {
    const { theme } = this.value
    this.dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light'
    language.choose(this.value.language)
    localStorage.setItem(KEY, JSON.stringify(this.value))
  }
}

export const preferences = new PreferencesState()
