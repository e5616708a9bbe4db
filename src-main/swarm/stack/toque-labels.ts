import { TOQUE_LABELS } from '../../common/compose/assist/toque-labels.ts'
import { likelyName } from '../../common/compose/schema/suggest.ts'
import type { ComposeModel } from '../../common/compose/forms/file.ts'
import { STATUS_PREFIX } from '../extras/labels.ts'
import type { Findings } from './findings.ts'

const PREFIX = 'toque.'
/** Labels of objects and containers, which a converted stack may have. */
const OBJECTS = 'toque.dev/'
const KNOWN = Object.keys(TOQUE_LABELS)

/** Warns of labels that ask Toque for something in a way that nobody hears: a name that there is not, a place where they say nothing, or what Toque itself writes. What a known one says is judged where it is done (`extras/`). */
export function checkToqueLabels({ services }: ComposeModel, findings: Findings): void {
  for (const [name, { labels, deploy }] of Object.entries(services)) {
    for (const label of ownLabels(deploy?.labels)) {
      const wrong = wrongName(label)
      if (wrong !== undefined) findings.warn(['services', name, 'deploy', 'labels', label], wrong)
    }
    for (const label of ownLabels(labels)) {
      const wrong = wrongName(label) ?? `The label ${label} is on the containers, where it asks for nothing: move it to deploy.labels.`
      findings.warn(['services', name, 'labels', label], wrong)
    }
  }
}

function ownLabels(labels: Readonly<Record<string, string>> | undefined): string[] {
  return Object.keys(labels ?? {}).filter((label) => label.startsWith(PREFIX) && !label.startsWith(OBJECTS))
}

/** Why a label of Toque's is none; undefined: it is one. */
function wrongName(label: string): string | undefined {
  if (KNOWN.includes(label)) return undefined
  if (label.startsWith(STATUS_PREFIX)) return `Toque itself writes labels such as ${label}, to remember what it did: leave it out.`
  const likely = likelyName(label, KNOWN)
  if (likely !== undefined) return `There is no label ${label}, so it does nothing. Did you mean ${likely}?`
  const near = KNOWN.filter((known) => known.split('.')[1] === label.split('.')[1])
  return `There is no label ${label}, so it does nothing. Those that there are: ${(near.length > 0 ? near : KNOWN).join(', ')}.`
}
