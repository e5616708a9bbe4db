import { PROTOBUF, decodeObject } from '../../protobuf/envelope.ts'
import type { HostileAnswer } from './deliver.ts'
import type { HostileRequest } from './requests.ts'

const UNKNOWN_FIELDS = 'failed to create typed patch object'

/** What is wrong with the answer, as a sentence; undefined: nothing. A refusal must be a Status that says why; a 500 is a bug, and so is silence. */
export function faultOf(request: HostileRequest, answer: HostileAnswer): string | undefined {
  const { method, target, headers, body, delivery } = request
  const what = `${method} ${target.slice(0, 200)} ${headers.map(([name, value]) => `${name}: ${value.slice(0, 60)}`).join('; ')} (${String(body.length)} bytes, ${delivery}: ${body.subarray(0, 300).toString()})`
  const fault = faultIn(request, answer)
  return fault === undefined ? undefined : `${fault}: ${what}`
}

function faultIn({ method, delivery, isBrokenHttp, headers }: HostileRequest, { code, contentType, body, bytes, isLate }: HostileAnswer): string | undefined {
  if (isLate) return 'no answer and no end'
  if (code === undefined) return mayHangUp(delivery, isBrokenHttp) ? undefined : 'it hung up without an answer'
  if (code < 400 || isBrokenHttp) return undefined
  // 504 is Kubernetes' answer to a revision that is not there yet; 500 to an apply of fields that the kind does not have, and to nothing else.
  const isOurs = code === 500 ? !body.includes(UNKNOWN_FIELDS) : code > 500 && code !== 503 && code !== 504
  if (isOurs) return `answered ${String(code)}: ${body.slice(0, 200)}`
  if (method === 'HEAD' || delivery === 'too short') return undefined
  // Refused by whoever parses HTTP, before it is known what is asked for.
  if (headers.some(([name]) => name === 'Expect' || name === 'Connection' || name === 'Upgrade') && contentType === '') return undefined
  if (!contentType.startsWith('application/')) return `answered ${String(code)} as ${contentType === '' ? 'nothing' : contentType}: ${body.slice(0, 200)}`
  // What was pipelined behind it has an answer of its own.
  return isStatus(() => (contentType === PROTOBUF ? decodeObject(bytes) : JSON.parse(body.split('\n')[0] ?? '') as Record<string, unknown>), code) ? undefined : `answered ${String(code)} without a Status: ${body.slice(0, 200)}`
}

function mayHangUp(delivery: string, isBrokenHttp: boolean): boolean {
  return isBrokenHttp || delivery === 'cut' || delivery === 'too short'
}

function isStatus(read: () => Record<string, unknown>, code: number): boolean {
  try {
    const { kind, status, code: said, message } = read()
    return kind === 'Status' && status === 'Failure' && said === code && typeof message === 'string' && message !== '' && !/\n\s+at /.test(message)
  } catch {
    return false
  }
}
