import { sentenceOf } from '../lib/errors.ts'
import { toasts } from './toasts.svelte.ts'

/** Does it, and tells in a toast how it ended; with `undo` it can be taken back there. True: it is done. Never rejects. */
export async function withToast(act: () => Promise<void>, done: string, undo?: () => Promise<void>): Promise<boolean> {
  try {
    await act()
    toasts.show({ tone: 'ok', text: done, ...(undo === undefined ? {} : { undo }) })
    return true
  } catch (error) {
    toasts.show({ tone: 'bad', text: sentenceOf(error) })
    return false
  }
}
