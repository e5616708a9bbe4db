/** Docker's own sentence from an error answer, without dockerode's wrapping. */
export function dockerMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { json } = error as { json?: { message?: string } }
  return json?.message ?? error.message.replace(/^\(HTTP code \d+\) [\w ]* - /, '').trim()
}

/** The HTTP status of Docker's answer; undefined for what is not an answer. */
export function dockerStatus(error: unknown): number | undefined {
  return error instanceof Error ? (error as { statusCode?: number }).statusCode : undefined
}
