import { stringify } from 'yaml'
import type { ComposeModel } from './forms/file.ts'
import { composeFile } from './forms/file.ts'

/** A model as a Compose file, in a stable order; dollar signs are doubled, so that reading it gives the same model. */
export function writeCompose(model: ComposeModel): string {
  return stringify(escapeDollars(composeFile.write(model)), { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false })
}

function escapeDollars(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$')
  if (Array.isArray(value)) return value.map(escapeDollars)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeDollars(item)]))
}
