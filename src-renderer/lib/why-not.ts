import { m } from '../paraglide/messages.js'

/** A scheduler's reason in plain words, and what would help. */
export interface WhyNot {
  readonly text: string
  /** '' where there is nothing to say. */
  readonly help: string
}

const PRESSURE = /^node\.kubernetes\.io\/(disk|memory|pid)-pressure$/
const LOST = new Set(['toque.dev/server-lost', 'node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready'])
/** What each of the scheduler's sentences means, by how it begins; the longer ones first. */
const SENTENCES: readonly [string, () => WhyNot][] = [
  ["node(s) didn't match Pod's node affinity/selector", () => ({ text: m.why_labels(), help: m.help_labels() })],
  ["node(s) didn't match pod anti-affinity rules", () => ({ text: m.why_apart(), help: m.help_apart() })],
  ["node(s) didn't satisfy existing pods anti-affinity rules", () => ({ text: m.why_apart(), help: m.help_apart() })],
  ["node(s) didn't match pod affinity rules", () => ({ text: m.why_together(), help: m.help_together() })],
  ["node(s) didn't match pod topology spread constraints (missing required label)", () => ({ text: m.why_spread_label(), help: m.help_labels() })],
  ["node(s) didn't match pod topology spread constraints", () => ({ text: m.why_spread(), help: m.help_spread() })],
  ["node(s) didn't have free ports", () => ({ text: m.why_port(), help: m.help_port() })],
  ["node(s) didn't match the requested node name", () => ({ text: m.why_name(), help: '' })],
  ["node(s) didn't find available persistent volumes", () => ({ text: m.why_no_volume(), help: m.help_volume() })],
  ['node(s) had volume node affinity conflict', () => ({ text: m.why_volume(), help: m.help_volume() })],
  ['node(s) without its data', () => ({ text: m.why_data(), help: m.help_lost() })],
  ['node(s) were unschedulable', () => ({ text: m.why_cordoned(), help: m.help_cordoned() })],
  ['node(s) were not ready', () => ({ text: m.why_not_ready(), help: m.help_lost() })],
  ['Too many pods', () => ({ text: m.why_pods(), help: m.help_room() })],
]

/** What a reason against a node means; one that is not known stands as it is. */
export function whyNot(reason: string): WhyNot {
  const resource = /^Insufficient (\S+)$/.exec(reason)?.[1]
  if (resource !== undefined) return insufficient(resource)
  const taint = /^node\(s\) had untolerated taint \{(.*)\}$/.exec(reason)?.[1]
  if (taint !== undefined) return tainted(taint)
  return SENTENCES.find(([begin]) => reason.startsWith(begin))?.[1]() ?? { text: reason, help: '' }
}

/** What would help, for all these reasons: each once, that of the commonest first. */
export function helpFor(reasons: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const reason of reasons) {
    const { help } = whyNot(reason)
    if (help !== '') counts.set(help, (counts.get(help) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([help]) => help)
}

function insufficient(resource: string): WhyNot {
  switch (resource) {
    case 'cpu': return { text: m.why_cpu(), help: m.help_room() }
    case 'memory': return { text: m.why_memory(), help: m.help_room() }
    case 'ephemeral-storage': return { text: m.why_disk(), help: m.help_room() }
    default: return { text: m.why_resource({ name: resource }), help: m.help_resource({ name: resource }) }
  }
}

/** `key: value`, as the scheduler writes it. */
function tainted(taint: string): WhyNot {
  const [key = '', value = ''] = taint.split(': ')
  if (LOST.has(key)) return { text: m.why_lost(), help: m.help_lost() }
  if (PRESSURE.test(key)) return { text: m.why_pressure(), help: m.help_pressure() }
  if (key === 'node.kubernetes.io/unschedulable') return { text: m.why_cordoned(), help: m.help_cordoned() }
  return { text: m.why_taint({ taint: value.trim() === '' ? key.trim() : `${key}=${value}` }), help: m.help_taint() }
}
