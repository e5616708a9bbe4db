import { randomUUID } from 'node:crypto'
import { StatusError } from '../../../common/errors.ts'
import { isMap } from '../../../common/json.ts'
import type { WebhookConversion } from '../../../common/kube/generated/apiextensions-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { WebhookCaller } from '../webhooks/caller.ts'
import { failedCall } from '../webhooks/webhook-error.ts'

const TIMEOUT_MS = 30_000

/** Asks a conversion webhook for objects in another version: one ConversionReview for all. Throws InternalError, as upstream, where it does not convert them as it must. */
export async function convertByWebhook(caller: WebhookCaller, { clientConfig }: WebhookConversion, objects: readonly KubeObject[], desiredAPIVersion: string): Promise<KubeObject[]> {
  const [first] = objects
  if (first === undefined) return []
  const what = `conversion webhook for ${first.apiVersion}, Kind=${first.kind}`
  const uid = randomUUID()
  const review = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', request: { uid, desiredAPIVersion, objects } }
  let answer: unknown
  try {
    answer = await caller.call(clientConfig ?? {}, review, TIMEOUT_MS, 'timeout=30s')
  } catch (error) {
    throw failedCall(what, error)
  }
  return readAnswer(what, answer, uid, objects, desiredAPIVersion)
}

/** The converted objects of a ConversionReview, in the order of those that were sent. */
export function readAnswer(what: string, answer: unknown, uid: string, objects: readonly KubeObject[], desiredAPIVersion: string): KubeObject[] {
  const no = (why: string): StatusError => failedCall(what, new Error(why))
  if (!isMap(answer) || answer['apiVersion'] !== 'apiextensions.k8s.io/v1' || answer['kind'] !== 'ConversionReview') throw no('the answer is not a ConversionReview of apiextensions.k8s.io/v1')
  const { response } = answer
  if (!isMap(response)) throw no('no response provided')
  if (response['uid'] !== uid) throw no(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'])}`)
  const result = isMap(response['result']) ? response['result'] : {}
  if (result['status'] !== 'Success') throw no(typeof result['message'] === 'string' && result['message'] !== '' ? result['message'] : `response.result.status was '${String(result['status'])}', not 'Success'`)
  const convertedObjects = response['convertedObjects']
  if (!Array.isArray(convertedObjects) || convertedObjects.length !== objects.length) {
    throw no(`webhook returned ${String(Array.isArray(convertedObjects) ? convertedObjects.length : 0)} objects, expected ${String(objects.length)}`)
  }
  return objects.map((original, i) => checked(no, convertedObjects[i], original, desiredAPIVersion, i))
}

function checked(no: (why: string) => StatusError, value: unknown, original: KubeObject, desiredAPIVersion: string, i: number): KubeObject {
  const at = `converted object at index ${String(i)}`
  if (!isMap(value) || !isMap(value['metadata'])) throw no(`${at} has no metadata`)
  if (value['apiVersion'] !== desiredAPIVersion) throw no(`${at}: expected group version ${desiredAPIVersion}, got ${String(value['apiVersion'])}`)
  if (value['kind'] !== original.kind) throw no(`${at}: kind ${String(value['kind'])} is not ${original.kind}`)
  const object = value as unknown as KubeObject
  const { metadata } = original
  for (const field of ['name', 'namespace', 'uid'] as const) if (object.metadata[field] !== metadata[field]) throw no(`${at}: metadata.${field} must not be changed`)
  // Labels and annotations are its to change. Whatever else it says of the object is the cluster's to say, and put back, as upstream does.
  const { labels: _labels, annotations: _annotations, ...own } = metadata
  const { labels, annotations } = object.metadata
  return { ...object, metadata: { ...own, ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) } }
}
