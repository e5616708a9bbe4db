import type { Form, Of } from './form.ts'
import { object } from './form.ts'
import { command, duration, flag, whole } from './scalars.ts'

/** The first word says how the rest is run: `CMD`, `CMD-SHELL`, `NONE`; one text is for the shell. */
const test: Form<string[]> = {
  ...command,
  read: (value, at) => {
    if (typeof value === 'string') return ['CMD-SHELL', value]
    const words = command.read(value, at)
    if (words === undefined || words.length === 0 || /^(NONE|CMD|CMD-SHELL)$/.test(words[0] ?? '')) return words
    at.problem(`must begin with CMD, CMD-SHELL or NONE, not "${words[0] ?? ''}".`)
    return undefined
  },
}

/** How Docker finds out whether a container is well. */
export const healthcheck = object({ disable: flag, interval: duration, retries: whole, test, timeout: duration, start_period: duration, start_interval: duration })
export type Healthcheck = Of<typeof healthcheck>
