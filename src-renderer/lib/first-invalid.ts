import { tick } from 'svelte'

/** Moves the focus to the first field of a form that is marked as wrong, once the marks are drawn. */
export async function focusFirstInvalid(formId: string): Promise<void> {
  await tick()
  document.querySelector<HTMLElement>(`#${formId} [aria-invalid="true"]`)?.focus()
}
