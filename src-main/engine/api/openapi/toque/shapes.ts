import type { Schema } from '../definitions.ts'

// The words in which kinds of the group toque.dev are described.

export const text = (description: string): Schema => ({ type: 'string', description })
export const words = (description: string): Schema => ({ type: 'array', items: { type: 'string' }, description })
/** 64 bits. */
export const whole = (description: string): Schema => ({ type: 'integer', format: 'int64', description })
/** 32 bits. */
export const count = (description: string): Schema => ({ type: 'integer', format: 'int32', description })
export const flag = (description: string): Schema => ({ type: 'boolean', description })
export const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` })
/** A definition of this group. */
export const part = (name: string): Schema => ref(`dev.toque.v1.${name}`)
export const object = (properties: Record<string, Schema>, description?: string): Schema => ({ type: 'object', properties, ...(description === undefined ? {} : { description }) })
export const CONDITIONS: Schema = { type: 'array', items: ref('io.k8s.apimachinery.pkg.apis.meta.v1.Condition'), description: 'What is so at the moment, and why.' }
export const META: Schema = ref('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')

/** A kind: its own fields beside those that every one has. */
export function kindOf(kind: string, description: string, properties: Record<string, Schema>, required: string[], group = 'toque.dev'): Schema {
  return {
    description, type: 'object', properties: { apiVersion: text('APIVersion of this object.'), kind: text('Kind of this object.'), metadata: META, ...properties }, ...(required.length === 0 ? {} : { required }),
    'x-kubernetes-group-version-kind': [{ group, version: 'v1', kind }],
  }
}
