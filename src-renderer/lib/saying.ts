import type { Saying } from '../../src-main/common/contract/index.ts'
import { m } from '../paraglide/messages.js'

/** A saying in the screens' language; its key where there is no such message. */
export function sayingWords({ key, values }: Saying): string {
  const message = (m as unknown as Record<string, ((values: Saying['values']) => string) | undefined>)[key]
  return message?.(values) ?? key
}
