import type { Problems, ReadOptions } from './context.ts'
import { parseEnvFile } from './env-file.ts'
import type { Service } from './forms/service.ts'

/** Puts the values of `env_file` below `environment`, those of `label_file` below `labels`; a name without a value gets the one that it has outside. */
export function withNamedFiles(name: string, service: Service, options: ReadOptions, problems: Problems): Service {
  const { env_file: envFiles, label_file: labelFiles, ...rest } = service
  const variables = options.variables ?? {}
  const read = (file: string, path: readonly (string | number)[]): Record<string, string> => {
    const text = options.files?.[file]
    if (text === undefined) {
      problems.add(path, `The file "${file}" was not given: its text is needed too.`)
      return {}
    }
    const { values, problems: wrong } = parseEnvFile(text, variables)
    for (const { line, message } of wrong) problems.add(path, `Line ${String(line)} of "${file}" ${message}`)
    return values
  }
  const fromFiles = (envFiles ?? []).map(({ path, required }, i) => (required === false && options.files?.[path] === undefined ? {} : read(path, ['services', name, 'env_file', i])))
  const fromLabels = (labelFiles ?? []).map((path, i) => read(path, ['services', name, 'label_file', i]))
  const own = Object.fromEntries(Object.entries(rest.environment ?? {}).map(([key, value]) => [key, value ?? variables[key] ?? null]))
  const environment = Object.assign({}, ...fromFiles, own) as Record<string, string | null>
  const labels = Object.assign({}, ...fromLabels, rest.labels) as Record<string, string>
  return {
    ...rest,
    ...(rest.environment === undefined && fromFiles.length === 0 ? {} : { environment }),
    ...(rest.labels === undefined && fromLabels.length === 0 ? {} : { labels }),
  }
}
