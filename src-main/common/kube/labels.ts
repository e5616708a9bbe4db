import type { LabelSelector } from './generated/meta-v1.ts'

/** An object's labels. */
export type Labels = Readonly<Record<string, string>>

const LABEL_VALUE = /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/

/** Can it be the value of a label? ('' can too, and means none to people: not here.) */
export function isLabelValue(text: string): boolean {
  return LABEL_VALUE.test(text)
}

/** One condition of a selector. `Gt` and `Lt` compare whole numbers (node selectors only). */
export interface Requirement {
  key: string
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
  values: readonly string[]
}

/** Do the labels meet one requirement? */
function matchesRequirement(labels: Labels | undefined, { key, operator, values }: Requirement): boolean {
  const value = labels?.[key]
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value)
    case 'NotIn': return value === undefined || !values.includes(value)
    case 'Exists': return value !== undefined
    case 'DoesNotExist': return value === undefined
    case 'Gt': return isWhole(value) && isWhole(values[0]) && Number(value) > Number(values[0])
    case 'Lt': return isWhole(value) && isWhole(values[0]) && Number(value) < Number(values[0])
  }
}

/** A whole number and nothing else: an empty label, or `1.5`, is neither more nor less than anything. */
function isWhole(text: string | undefined): boolean {
  return text !== undefined && /^[+-]?\d+$/.test(text)
}

/** Do the labels meet every requirement? None at all matches everything. */
export function matchesAll(labels: Labels | undefined, requirements: readonly Requirement[]): boolean {
  return requirements.every((r) => matchesRequirement(labels, r))
}

/** A label selector's requirements. An empty selector matches everything; an absent one is the caller's matter (usually nothing). */
export function requirementsOf(selector: LabelSelector): Requirement[] {
  const equal = Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: 'In', values: [value] }))
  const others = (selector.matchExpressions ?? []).map((e): Requirement => ({ key: e.key, operator: e.operator as Requirement['operator'], values: e.values ?? [] }))
  return [...equal, ...others]
}

/** Does a label selector match? An absent selector matches nothing. */
export function matchesSelector(labels: Labels | undefined, selector: LabelSelector | undefined): boolean {
  return selector !== undefined && matchesAll(labels, requirementsOf(selector))
}

/** Does a map selector (a Service's, a node selector) match? An absent or empty one matches everything. */
export function matchesLabels(labels: Labels | undefined, wanted: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value)
}

/** Reads a selector string (`app=web,tier in (a,b),!old`), or throws an Error that names the part it cannot read. */
export function parseSelector(text: string): Requirement[] {
  const parts = text.match(/(?:[^,(]|\([^)]*\))+/g) ?? []
  return parts.map((raw): Requirement => {
    const part = raw.trim()
    let m: RegExpExecArray | null
    if ((m = /^(\S+?)\s*(==|=|!=)\s*(\S*)$/.exec(part)) !== null) {
      return { key: m[1] ?? '', operator: m[2] === '!=' ? 'NotIn' : 'In', values: [m[3] ?? ''] }
    }
    if ((m = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(part)) !== null) {
      return { key: m[1] ?? '', operator: m[2] === 'in' ? 'In' : 'NotIn', values: (m[3] ?? '').split(',').map((v) => v.trim()) }
    }
    if ((m = /^(\S+?)\s*([<>])\s*(\d+)$/.exec(part)) !== null) return { key: m[1] ?? '', operator: m[2] === '>' ? 'Gt' : 'Lt', values: [m[3] ?? ''] }
    if ((m = /^!\s*([^\s!=<>]+)$/.exec(part)) !== null) return { key: m[1] ?? '', operator: 'DoesNotExist', values: [] }
    if (/^[^\s!=<>()]+$/.test(part)) return { key: part, operator: 'Exists', values: [] }
    throw new Error(`unable to parse requirement: ${JSON.stringify(part)}`)
  })
}

/** Requirements as a selector string that `parseSelector` reads back. */
export function formatSelector(requirements: readonly Requirement[]): string {
  return requirements.map(({ key, operator, values }) => {
    switch (operator) {
      case 'In': return values.length === 1 ? `${key}=${values[0] ?? ''}` : `${key} in (${values.join(',')})`
      case 'NotIn': return values.length === 1 ? `${key}!=${values[0] ?? ''}` : `${key} notin (${values.join(',')})`
      case 'Exists': return key
      case 'DoesNotExist': return `!${key}`
      case 'Gt': return `${key}>${values[0] ?? ''}`
      case 'Lt': return `${key}<${values[0] ?? ''}`
    }
  }).join(',')
}
