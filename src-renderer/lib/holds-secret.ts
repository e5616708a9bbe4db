import { parseAllDocuments } from 'yaml'
import { isMap } from '../../src-main/common/json.ts'
import { deepAt } from '../../src-main/common/yaml/depth.ts'

/** Whether a text has a secret's content in it: a Kubernetes Secret with data, or what people write into the secrets of a Compose file. One that is no YAML yet, or is nested too deep to be read, is looked at by its words. */
export function holdsSecret(text: string): boolean {
  if (!/\bsecrets?\b/i.test(text)) return false
  const byWords = (): boolean => /^\s*["']?(?:stringData|data|content)["']?\s*:/m.test(text)
  if (deepAt(text) !== undefined) return byWords()
  const parsed = parseAllDocuments(text, { logLevel: 'silent', prettyErrors: false })
  const documents = Array.isArray(parsed) ? parsed : []
  if (documents.some(({ errors }) => errors.length > 0)) return byWords()
  return documents.some((document) => isSecret(document.toJS({ maxAliasCount: 100 })))
}

function isSecret(value: unknown): boolean {
  if (!isMap(value)) return false
  if (value['kind'] === 'Secret') return isMap(value['data']) || isMap(value['stringData'])
  if (Array.isArray(value['items'])) return value['items'].some(isSecret)
  const secrets = value['secrets']
  return isMap(secrets) && Object.values(secrets).some((secret) => isMap(secret) && 'content' in secret)
}
