const PREFIX = 'toque.draft.'

/** Texts and forms that were begun and not applied: they outlive the page. A key names what is edited. */
export const drafts = {
  read(key: string): string | undefined {
    return localStorage.getItem(PREFIX + key) ?? undefined
  },
  write(key: string, text: string): void {
    try {
      localStorage.setItem(PREFIX + key, text)
    } catch {
      // No room: the text is still on the screen.
    }
  },
  clear(key: string): void {
    localStorage.removeItem(PREFIX + key)
  },
}
