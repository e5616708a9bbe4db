/** A message that comes and goes. */
export interface Toast {
  id: number
  tone: 'ok' | 'bad' | 'info'
  text: string
  /** Taken back by the toast's button or Ctrl/Cmd+Z. */
  undo?: () => Promise<void>
}

const SHOWN_MS = { ok: 8000, info: 4000, bad: 14_000 }

/** What was just done, with a way back. */
class Toasts {
  list = $state.raw<Toast[]>([])
  #next = 1
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>()

  show(toast: Omit<Toast, 'id'>): void {
    const id = this.#next++
    this.list = [...this.list, { ...toast, id }].slice(-4)
    this.resume(id, toast.tone)
  }

  dismiss(id: number): void {
    this.hold(id)
    this.list = this.list.filter((t) => t.id !== id)
  }

  /** Keeps a toast while someone reads it. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
  }

  resume(id: number, tone: Toast['tone']): void {
    this.hold(id)
    this.#timers.set(id, setTimeout(() => this.dismiss(id), SHOWN_MS[tone]))
  }

  /** Takes back the newest thing that can be; false when there is none. */
  undoLast(): boolean {
    const toast = this.list.findLast((t) => t.undo !== undefined)
    if (toast?.undo === undefined) return false
    this.dismiss(toast.id)
    void toast.undo()
    return true
  }
}

export const toasts = new Toasts()
