import type { KubeObject } from '../../../common/kube/object.ts'

/** A longer object is encoded each time: then its bytes count, not its fields, and those are quick to copy, but dear to keep twice. */
const KEPT_BYTES = 16 * 1024

const kept = new WeakMap<KubeObject, Buffer>()

/**
 * An object as JSON in UTF-8. The bytes are kept as long as the object is, so that lists and watches encode what has not changed only once: a list of
 * 10,000 pods is mostly copying. What is not frozen may change and is encoded each time. The bytes are shared: nobody may change them.
 */
export function jsonOf(object: KubeObject): Buffer {
  const there = kept.get(object)
  if (there !== undefined) return there
  const text = JSON.stringify(object)
  if (text.length > KEPT_BYTES || !Object.isFrozen(object)) return Buffer.from(text)
  // Not from the pool, where one that stays would hold what lies beside it.
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  kept.set(object, bytes)
  return bytes
}
