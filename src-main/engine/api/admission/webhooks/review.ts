import { isMap, textOf } from '../../../../common/json.ts'
import type { Status } from '../../../../common/kube/generated/meta-v1.ts'
import type { Matched } from '../expressions/names.ts'
import { describeRequest } from '../attributes.ts'
import type { AdmissionRequest } from '../request.ts'

const GROUP = 'admission.k8s.io'
const VERSIONS = ['v1', 'v1beta1']

/** What a webhook says. */
export interface Verdict {
  readonly allowed: boolean
  readonly result: Readonly<Status>
  /** A JSON patch as text; undefined where nothing is to be changed. */
  readonly patch: string | undefined
  readonly warnings: readonly string[]
  readonly annotations: Readonly<Record<string, string>>
}

/** The first version of AdmissionReview that both sides speak. */
export function reviewVersion(versions: readonly string[]): string {
  return versions.find((version) => VERSIONS.includes(version)) ?? 'v1'
}

/** What a webhook is asked. */
export function reviewOf(request: AdmissionRequest, matched: Matched, version: string, uid: string): object {
  const { kind, resource, ...others } = describeRequest(request, matched.kind)
  return {
    apiVersion: `${GROUP}/${version}`, kind: 'AdmissionReview',
    request: { uid, kind, resource, ...others, object: matched.object ?? null, oldObject: matched.oldObject ?? null },
  }
}

/** Reads an answer. Throws an Error, in upstream's words, where it is not what was asked for. */
export function readVerdict(answer: unknown, version: string, uid: string, mutating: boolean): Verdict {
  const { apiVersion, kind, response } = isMap(answer) ? answer : {}
  if (!isMap(response)) throw new Error('webhook response was absent')
  const { patch = '', patchType } = response
  const hasPatch = typeof patch === 'string' && patch !== ''
  if (version === 'v1') {
    if (response['uid'] !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`)
    if (apiVersion !== `${GROUP}/v1` || kind !== 'AdmissionReview') throw new Error(`expected webhook response of ${GROUP}/v1, Kind=AdmissionReview, got ${textOf(apiVersion)}, Kind=${textOf(kind)}`)
    if (!mutating && hasPatch) throw new Error('validating webhook may not return response.patch')
    if (!mutating && patchType !== undefined) throw new Error('validating webhook may not return response.patchType')
    if (hasPatch && patchType === undefined) throw new Error('webhook returned response.patch but not response.patchType')
    if (!hasPatch && patchType !== undefined) throw new Error('webhook returned response.patchType but not response.patch')
    if (hasPatch && patchType !== 'JSONPatch') throw new Error(`unsupported patch type ${JSON.stringify(patchType)}`)
  }
  return {
    allowed: response['allowed'] === true, result: readResult(response['status'] ?? response['result']), patch: mutating && hasPatch ? Buffer.from(patch, 'base64').toString('utf8') : undefined,
    warnings: Array.isArray(response['warnings']) ? response['warnings'].filter((one): one is string => typeof one === 'string') : [], annotations: readAnnotations(response['auditAnnotations']),
  }
}

function readResult(said: unknown): Readonly<Status> {
  if (!isMap(said)) return {}
  const { message, reason, code, details } = said
  return {
    ...(typeof message === 'string' ? { message } : {}), ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof code === 'number' && Number.isInteger(code) ? { code } : {}), ...(isMap(details) ? { details } : {}),
  }
}

function readAnnotations(said: unknown): Record<string, string> {
  return isMap(said) ? Object.fromEntries(Object.entries(said).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {}
}
