import type { StackDeploy, StackPlan } from '../../common/contract/index.ts'
import { parseSource } from '../../common/compose/source.ts'
import { isMap } from '../../common/json.ts'

type Named = StackPlan['files'][number]

/** The files that a Compose text names, in its order, each once, also where the text is not right yet. */
export function filesNamedBy({ text, files = {} }: Pick<StackDeploy, 'text' | 'files'>): Named[] {
  const value = parseSource(text).value ?? {}
  const found = new Map<string, Named['use']>()
  const add = (path: unknown, use: Named['use']): void => {
    if (typeof path === 'string' && path !== '' && !found.has(path)) found.set(path, use)
  }
  for (const service of entries(value['services'])) {
    for (const key of ['env_file', 'label_file']) for (const item of [service[key]].flat()) add(isMap(item) ? item['path'] : item, 'environment')
  }
  for (const [part, use] of [['secrets', 'secret'], ['configs', 'config']] as const) for (const thing of entries(value[part])) add(thing['file'], use)
  return [...found].map(([path, use]) => ({ path, use, given: Object.hasOwn(files, path) }))
}

function entries(part: unknown): Record<string, unknown>[] {
  return isMap(part) ? Object.values(part).filter(isMap) : []
}
