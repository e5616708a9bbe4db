import { semanticEqual } from '../../../common/kube/equal.ts'
import type { PodTemplateSpec } from '../../../common/kube/generated/core-v1.ts'
import { POD_TEMPLATE_HASH, SAFE_LETTERS } from '../../../common/kube/well-known.ts'

/** A short name for a pod template: FNV-1a over its canonical JSON. `collisions` counts templates that got the same name before. */
export function templateHash(template: PodTemplateSpec, collisions: number | undefined): string {
  const text = canonical(template) + (collisions === undefined ? '' : `#${String(collisions)}`)
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return [...String(hash)].map((digit) => SAFE_LETTERS[digit.charCodeAt(0) % SAFE_LETTERS.length]).join('')
}

/** Are the templates the same but for the hash label? */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return semanticEqual(withoutHash(a), withoutHash(b))
}

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { [POD_TEMPLATE_HASH]: _, ...labels } = template?.metadata?.labels ?? {}
  // The API server writes a null creationTimestamp into some templates; it says nothing.
  const { creationTimestamp: __, ...metadata } = template?.metadata ?? {}
  return { ...template, metadata: { ...metadata, labels } }
}

/** JSON with sorted keys and without what is empty. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, v]) => !semanticEqual(v, undefined))
  return `{${entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`
}
