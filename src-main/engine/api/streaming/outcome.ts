import { StatusError, toStatusError } from '../../../common/errors.ts'

/** Subprotocols of exec and attach, best first. Before v4 an outcome was a plain text. */
export const SESSION_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'] as const
export type SessionProtocol = (typeof SESSION_PROTOCOLS)[number]

/** What the error channel says at the end: of an exit code, or of an error that ended the session. */
export function encodeOutcome(outcome: { exitCode: number } | { error: unknown }, protocol: SessionProtocol): Uint8Array {
  const structured = protocol.startsWith('v4') || protocol.startsWith('v5')
  if ('error' in outcome) {
    const status = toStatusError(outcome.error)
    return Buffer.from(structured ? JSON.stringify(status.toStatus()) : status.message)
  }
  const { exitCode } = outcome
  if (exitCode === 0) return Buffer.from(structured ? JSON.stringify({ metadata: {}, status: 'Success' }) : '')
  const message = `command terminated with non-zero exit code: exit status ${exitCode}`
  if (!structured) return Buffer.from(message)
  // Upstream's own form: a Status whose reason is not one of the API's.
  const details = { causes: [{ reason: 'ExitCode', message: String(exitCode) }] }
  return Buffer.from(JSON.stringify({ metadata: {}, status: 'Failure', message, reason: 'NonZeroExitCode', details }))
}

/** Reads `{"Width":80,"Height":24}`; undefined when it is not a size. */
export function decodeSize(text: string): { columns: number; rows: number } | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: unknown; Height?: unknown }
    return typeof Width === 'number' && typeof Height === 'number' && Width > 0 && Height > 0 ? { columns: Width, rows: Height } : undefined
  } catch {
    return undefined
  }
}

/** What an upgrade that nobody here knows is answered with. */
export function unknownProtocol(offered: readonly string[], known: readonly string[]): StatusError {
  return new StatusError('BadRequest', `unable to negotiate a protocol: the client offers ${offered.join(', ') || 'none'}, the server knows ${known.join(', ')}`)
}
