import type { Schemas } from '../schema.ts'
import { checkBody, withoutNulls } from './check.ts'
import { DEFINITIONS, definitionOf } from './definitions.ts'
import { nodeOf } from './merge-keys.ts'

/** What Kubernetes' own published definitions say about its kinds. */
export const kubernetesSchemas: Schemas = {
  node(resource) {
    const name = definitionOf(resource)
    const schema = name === undefined ? undefined : DEFINITIONS[name]
    return schema === undefined ? undefined : nodeOf(schema)
  },
  check(resource, body) {
    const name = definitionOf(resource)
    if (name === undefined) return { value: withoutNulls(body) as Record<string, unknown>, unknown: [], wrong: [] }
    return checkBody(name, body)
  },
}
