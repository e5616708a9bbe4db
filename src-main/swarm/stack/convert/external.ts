import type { ComposeModel } from '../../../common/compose/forms/file.ts'
import type { Findings } from '../findings.ts'

/** What is there already is not made from what the file says of it: such words are refused for volumes, as Docker does, and reported for the rest. */
export function checkExternal(model: ComposeModel, findings: Findings): void {
  for (const kind of ['networks', 'volumes', 'secrets', 'configs'] as const) {
    for (const [key, thing] of Object.entries(model[kind] ?? {})) {
      if (thing.external !== true) continue
      for (const field of Object.keys(thing)) {
        if (field === 'name' || field === 'external' || field.startsWith('x-')) continue
        const path = [kind, key, field]
        if (kind === 'volumes') findings.refuse(path, `The volume ${key} is external, so it is there already: leave ${field} out.`)
        else findings.ignore(path, `${kind}.${key}.${field} has no effect: the ${kind.slice(0, -1)} is external, so it is there already.`)
      }
    }
  }
}
