import { readFileSync } from 'node:fs'
import type { Preferences, Settings } from '../common/contract/index.ts'
import { badRequest } from '../common/errors.ts'
import { writeWhole } from './write-whole.ts'

const ALLOWED: { [Key in keyof Preferences]: readonly Preferences[Key][] } = {
  language: ['en', 'ko', 'system'],
  theme: ['light', 'dark', 'system'],
}
const DEFAULTS: Preferences = { language: 'system', theme: 'system' }

/** The desk's settings, in a JSON file. An unreadable file counts as none: settings are never worth a failure at the start. */
export class FileSettings implements Settings {
  readonly #file: string
  readonly #onChange: (now: Preferences) => void
  #current: Preferences

  /** `onChange` hears what they are at once, and each change. */
  constructor(file: string, onChange: (now: Preferences) => void = () => undefined) {
    this.#file = file
    this.#onChange = onChange
    this.#current = { ...DEFAULTS, ...valid(readJson(file)) }
    onChange(this.#current)
  }

  read(): Promise<Preferences> {
    return Promise.resolve(this.#current)
  }

  write(change: Partial<Preferences>): Promise<Preferences> {
    const accepted = valid(change)
    const refused = Object.keys(change).filter((key) => !(key in accepted))
    if (refused.length > 0) return Promise.reject(badRequest(`This is no value for the setting ${refused.join(', ')}.`))
    this.#current = { ...this.#current, ...accepted }
    // No secret: as any file of this person.
    writeWhole(this.#file, `${JSON.stringify(this.#current, undefined, 2)}\n`, 0o666)
    this.#onChange(this.#current)
    return Promise.resolve(this.#current)
  }
}

function valid(given: Partial<Preferences>): Partial<Preferences> {
  const entries = Object.entries(given).filter(([key, value]) => Object.hasOwn(ALLOWED, key) && (ALLOWED[key as keyof Preferences] as readonly string[]).includes(value))
  return Object.fromEntries(entries)
}

function readJson(file: string): Partial<Preferences> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
