import { parseAllDocuments } from 'yaml'
import type { Manifest } from '../to-kubernetes/convert.ts'

/** The objects of a text of several documents. */
export function parseManifests(text: string): Manifest[] {
  const documents = parseAllDocuments(text, { version: '1.1' })
  return Array.isArray(documents) ? documents.map((document) => document.toJS() as Manifest | null).filter((object) => object !== null) : []
}
