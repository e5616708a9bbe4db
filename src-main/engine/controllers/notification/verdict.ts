import { DeliveryError } from '../outbound/explain.ts'
import type { Answer } from '../outbound/post.ts'

/** What an answer means: undefined when it was taken, else why not, and whether trying again may help. */
export function verdictOf({ status, text, retryAfterMs }: Answer): DeliveryError | undefined {
  if (status >= 200 && status < 300) return undefined
  const said = text === '' ? String(status) : `${String(status)}: ${text.slice(0, 200)}`
  if (status === 410) return new DeliveryError('Gone', `the receiver said that it is gone for good (${said}): nothing more is sent until this object is changed`, { permanent: true })
  if (status >= 300 && status < 400) return new DeliveryError('Refused', `the receiver answers with a redirect (${String(status)}), which is not followed: use the URL it leads to`, { permanent: true })
  if (status === 429 || status === 408 || status >= 500) return new DeliveryError('Overloaded', `the receiver cannot take it at the moment (${said})`, { retryAfterMs })
  if (status === 401 || status === 403) return new DeliveryError('WrongCredentials', `the receiver does not let us in (${said}): check the URL and the signature's Secret`, { permanent: true })
  return new DeliveryError('Refused', `the receiver refused it (${said}): check the URL and the format`, { permanent: true })
}
