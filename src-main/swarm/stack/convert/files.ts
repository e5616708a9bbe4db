import type { Config, Secret } from '../../../common/compose/forms/files.ts'
import type { Variables } from '../../../common/compose/interpolate.ts'
import { Contents } from '../../docker/contents.ts'
import type { FileSpec } from '../../docker/specs.ts'
import { nameProblem } from '../names.ts'
import type { Context } from './context.ts'
import { defined, realName, stackLabels } from './context.ts'

/** Where the contents of secrets and configs come from. */
export interface Sources {
  /** By the path in the file. */
  readonly files: Readonly<Record<string, string | Uint8Array>>
  readonly variables: Variables
}

/** Swarm takes no more than this in one secret, in bytes. */
const MOST_SECRET = 500 * 1024
const MOST_CONFIG = 1000 * 1024

/** A secret or a config of the file, and what it holds; a secret with a driver is held elsewhere. */
export function fileSpecOf(kind: 'secret' | 'config', key: string, file: Secret & Config, sources: Sources, context: Context): { spec: FileSpec; contents: Contents | undefined } {
  const name = realName(context.stack, key, file)
  const wrong = nameProblem(kind, name)
  if (wrong !== undefined) context.findings.refuse([`${kind}s`, key], wrong)
  const spec = defined<FileSpec>({
    Name: name, Labels: stackLabels(context.stack, file.labels),
    Driver: (file.driver ?? '') === '' ? undefined : defined({ Name: file.driver, Options: file.driver_opts }),
    Templating: (file.template_driver ?? '') === '' ? undefined : { Name: file.template_driver },
  })
  if (spec.Driver === undefined && file.driver_opts !== undefined) context.findings.ignore([`${kind}s`, key, 'driver_opts'], `${kind}s.${key}.driver_opts has no effect without a driver.`)
  return { spec, contents: contentsOf(kind, key, file, sources, context) }
}

/** Why Swarm would not take this content, or undefined. */
export function sizeProblem(kind: 'secret' | 'config', name: string, { bytes }: Contents): string | undefined {
  const most = kind === 'secret' ? MOST_SECRET : MOST_CONFIG
  if (bytes.length === 0) return `The ${kind} ${name} would be empty, which Swarm does not take.`
  return bytes.length < most ? undefined : `The ${kind} ${name} has ${String(bytes.length)} bytes, and Swarm takes less than ${String(most)}: put it into a volume or an image.`
}

function contentsOf(kind: 'secret' | 'config', key: string, file: Secret & Config, { files, variables }: Sources, { findings }: Context): Contents | undefined {
  const path = [`${kind}s`, key]
  const said = (['driver', 'file', 'content', 'environment'] as const).filter((source) => (file[source] ?? '') !== '')
  if (file.content === '') said.push('content')
  const [source, other] = said
  if (source === undefined) return refuse(path, `The ${kind} ${key} needs a file with its content, or external: true if it is there already.`)
  if (other !== undefined) return refuse([...path, other], `The ${kind} ${key} has ${source} and ${other}: leave one out.`)
  if (source === 'driver') return undefined
  const data = source === 'file' ? files[file.file ?? ''] : source === 'content' ? file.content : variables[file.environment ?? '']
  if (data === undefined) {
    return refuse([...path, source], source === 'file' ? `The file "${file.file ?? ''}" was not given: its content is needed too.` : `The variable ${file.environment ?? ''} has no value, and the ${kind} ${key} takes its content from it.`)
  }
  const contents = new Contents(data)
  const wrong = sizeProblem(kind, key, contents)
  if (wrong !== undefined) findings.refuse([...path, source], wrong)
  return contents

  function refuse(at: string[], message: string): undefined {
    findings.refuse(at, message)
  }
}
