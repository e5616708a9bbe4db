import { createSubscriber } from 'svelte/reactivity'
import * as format from '../lib/format.ts'
import type { Locale } from '../lib/format.ts'
import { overwriteGetLocale } from '../paraglide/runtime.js'

/** The screens' language, reactive: a text read in a template changes with it, without a reload. */
class Language {
  locale = $state<Locale>('en')

  constructor() {
    overwriteGetLocale(() => this.locale)
  }

  /** Follows a preference; `system` is the first of the browser's languages that there is. */
  choose(language: 'en' | 'ko' | 'system'): void {
    const system = navigator.languages.some((l, i) => i === 0 && l.startsWith('ko')) ? 'ko' : 'en'
    this.locale = language === 'system' ? system : language
    document.documentElement.lang = this.locale
  }
}

export const language = new Language()

const tick = createSubscriber((update) => {
  const timer = setInterval(update, 1000)
  return () => clearInterval(timer)
})

/** Now, in milliseconds since the epoch; where a template reads it, it is read anew each second. */
export function now(): number {
  tick()
  return Date.now()
}

/** Formatting in the screens' language; times relative to now stay current. */
export const fmt = {
  duration: (ms: number): string => format.formatDuration(ms, language.locale),
  /** Until a time; never below 0. */
  until: (time: number): string => format.formatDuration(Math.max(0, time - now()), language.locale),
  age: (since: number): string => format.formatDuration(now() - since, language.locale),
  decimal: (n: number): string => format.formatDecimal(n, language.locale),
  ago: (time: number): string => format.formatAgo(now() - time, language.locale),
  bytes: (bytes: number): string => format.formatBytes(bytes, language.locale),
  cores: (milli: number): string => format.formatCores(milli, language.locale),
  percent: (share: number, digits = 0): string => format.formatPercent(share, language.locale, digits),
  count: (count: number): string => format.formatCount(count, language.locale),
  timeOfDay: (time: number): string => format.formatTimeOfDay(time, language.locale),
  dateTime: (time: number): string => format.formatDateTime(time, language.locale),
}
