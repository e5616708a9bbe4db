import type { ComposeModel } from '../../common/compose/forms/file.ts'
import { pathText } from '../../common/compose/schema/words.ts'
import { isMap } from '../../common/json.ts'
import type { Path } from '../../common/yaml/place.ts'
import type { Findings } from './findings.ts'
import { FILE_RULES } from '../../common/compose/in-swarm/file-rules.ts'
import type { Rule } from '../../common/compose/in-swarm/rule.ts'

/** Says of every field of a file that does not come into the stack what becomes of it. `api`: the version of the manager's Docker API, `1.41`. Tools' own keys (`x-`) are theirs. */
export function checkFields(model: ComposeModel, api: string | undefined, findings: Findings): void {
  walk(model, FILE_RULES, [], { api, findings })
}

interface Walk {
  readonly api: string | undefined
  readonly findings: Findings
}

function walk(value: unknown, rule: Rule | undefined, path: Path, at: Walk): void {
  if (value === undefined) return
  const name = pathText(path)
  switch (rule?.is) {
    case undefined: return at.findings.refuse(path, `docker stack deploy does not know ${name}: leave it out.`)
    case 'taken':
      if (rule.since !== undefined && at.api !== undefined && older(at.api, rule.since)) at.findings.ignore(path, `${name} needs a newer Docker on the managers (API ${rule.since.join('.')}; they have ${at.api}).`)
      return
    case 'more': return at.findings.warn(path, `docker stack deploy does not take ${name}; Toque does. ${rule.why}`)
    case 'ignored': return at.findings.ignore(path, `${name} has no effect in Swarm. ${rule.why}`)
    case 'refused': return at.findings.refuse(path, `A stack cannot have ${name}. ${rule.why}`)
    case 'group':
      if (Array.isArray(value)) return value.forEach((item, i) => walk(item, rule, [...path, i], at))
      if (!isMap(value)) return
      for (const [key, item] of Object.entries(value)) if (!key.startsWith('x-')) walk(item, rule.keys[key] ?? rule.keys['*'], [...path, key], at)
  }
}

function older(api: string, [major, minor]: readonly [number, number]): boolean {
  const [haveMajor = 0, haveMinor = 0] = api.split('.').map(Number)
  return haveMajor < major || (haveMajor === major && haveMinor < minor)
}
