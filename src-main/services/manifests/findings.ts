import type { Problem } from '../../common/contract/index.ts'
import type { StatusError } from '../../common/errors.ts'
import { NOT_A_QUANTITY } from '../../common/kube/quantity.ts'
import type { ManifestDocument } from './documents.ts'
import { parsePath } from './documents.ts'
import type { BodyFindings, MergeSchema } from './manifest-api.ts'

/** What a schema check found, each at its place in the text. */
export function findingProblems(document: ManifestDocument, findings: BodyFindings, schema: MergeSchema | undefined): Problem[] {
  const unknown = findings.unknown.map((path): Problem => {
    const steps = parsePath(path)
    const name = String(steps.at(-1) ?? path)
    const parent = path.slice(0, Math.max(0, path.lastIndexOf(name))).replace(/\.$/, '')
    const likely = suggest(nodeAt(schema, steps.slice(0, -1)), name)
    const hint = likely === undefined ? 'Check its spelling and its indentation.' : `Did you mean "${likely}"?`
    return { severity: 'error', message: `${parent === '' ? 'The manifest' : parent} has no field "${name}". ${hint}`, field: path, ...document.place(steps, 'key') }
  })
  const wrong = findings.wrong.map(({ path, expected, actual }): Problem => ({
    severity: 'error', message: `${path} must be ${typeWords(expected)}, not ${typeWords(actual)}.`, field: path, ...document.place(parsePath(path), 'value'),
  }))
  return [...unknown, ...wrong]
}

/** What the server said no to, each cause at its field. */
export function statusProblems(document: ManifestDocument, error: StatusError): Problem[] {
  const causes = (error.details.causes ?? []).filter((cause) => cause.field !== undefined && cause.field !== '')
  if (causes.length === 0) return [{ severity: 'error', message: error.message, ...document.place(['kind'], 'value') }]
  return causes.map(({ field = '', message = '' }) => ({ severity: 'error', message: `${field}: ${message.replace(NOT_A_QUANTITY, AMOUNT_WORDS)}`, field, ...document.place(stepsOf(field), 'value') }))
}

const AMOUNT_WORDS = 'write an amount such as 250m, 2 or 64Mi'

/** Upstream names the size of a claim without the map that it stands in. */
function stepsOf(field: string): (string | number)[] {
  return parsePath(field === 'spec.resources[storage]' ? 'spec.resources.requests.storage' : field)
}

function nodeAt(schema: MergeSchema | undefined, steps: readonly (string | number)[]): MergeSchema | undefined {
  return steps.reduce((node: MergeSchema | undefined, step) => (typeof step === 'number' ? node?.items : node?.field(step)), schema)
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']

/** A field of the schema that is one slip of the finger away from `name`. */
function suggest(schema: MergeSchema | undefined, name: string): string | undefined {
  if (schema === undefined || name.length > 40) return undefined
  const swaps = [...name].map((_, i) => name.slice(0, i) + (name[i + 1] ?? '') + (name[i] ?? '') + name.slice(i + 2))
  const drops = [...name].map((_, i) => name.slice(0, i) + name.slice(i + 1))
  const adds = Array.from({ length: name.length + 1 }, (_, i) => LETTERS.map((c) => name.slice(0, i) + c + name.slice(i))).flat()
  const changes = [...name].flatMap((_, i) => LETTERS.map((c) => name.slice(0, i) + c + name.slice(i + 1)))
  const folded = name.charAt(0).toLowerCase() + name.slice(1)
  return [folded, ...swaps, ...drops, ...adds, ...changes].find((candidate) => candidate !== name && candidate !== '' && schema.field(candidate) !== undefined)
}

/** A decoder's type name in words. */
function typeWords(type: string): string {
  if (/^u?int\d*$/.test(type)) return 'a whole number'
  if (type.startsWith('number')) return 'a number'
  if (type.startsWith('[]') || type === 'array') return 'a list'
  if (type.startsWith('map[')) return 'a map of names and texts'
  switch (type) {
    case 'string': return 'text'
    case 'bool': return 'true or false'
    case 'float64': return 'a number'
    case 'object': return 'a group of fields'
    case 'resource.Quantity': return 'an amount such as 250m or 64Mi'
    case 'intstr.IntOrString': return 'a whole number or a text such as 25%'
    case 'v1.Time': return 'a time such as 2026-01-31T12:00:00Z'
    default: return 'a group of fields'
  }
}
