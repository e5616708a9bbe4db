import type { ComposeModel } from '../../common/compose/forms/file.ts'
import { FILE_RULES } from '../../common/compose/in-swarm/file-rules.ts'
import type { Rule } from '../../common/compose/in-swarm/rule.ts'
import { pathText } from '../../common/compose/schema/words.ts'
import type { MoveField } from '../../common/contract/index.ts'
import { isMap } from '../../common/json.ts'
import type { Path } from '../../common/yaml/place.ts'

/** A model without the fields that a stack cannot be deployed with, and what they were. Pure. */
export function pruned(model: ComposeModel): { model: ComposeModel; lost: MoveField[] } {
  const lost: MoveField[] = []
  return { model: walk(model, FILE_RULES, [], lost) as ComposeModel, lost }
}

const NOTHING = Symbol('nothing')

function walk(value: unknown, rule: Rule | undefined, path: Path, lost: MoveField[]): unknown {
  if (value === undefined) return NOTHING
  if (rule === undefined || rule.is === 'refused') {
    lost.push({ field: pathText(path), verdict: 'lost', message: rule?.is === 'refused' ? rule.why : 'A stack has nothing like it.' })
    return NOTHING
  }
  if (rule.is !== 'group') return value
  if (Array.isArray(value)) return value.map((item, i) => walk(item, rule, [...path, i], lost)).filter((item) => item !== NOTHING)
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => {
    const next = key.startsWith('x-') ? item : walk(item, rule.keys[key] ?? rule.keys['*'], [...path, key], lost)
    return next === NOTHING ? [] : [[key, next]]
  }))
}
