import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCompose } from '../../../common/compose/read.ts'
import type { StackOptions, StackReading } from '../stack-of.ts'
import { stackOf } from '../stack-of.ts'

/** Compose files for stacks; one that says no version is given one, for older versions of Docker's own tool want it. */
export const COMPOSE_FILES: readonly string[] = readFileSync(join(import.meta.dirname, 'files.fixture.yaml'), 'utf8').split(/^---$/m)
  .map((text) => (/^version:/m.test(text) ? text.trimStart() : `version: "3.9"\n${text}`))

/** The files beside them. */
export const NAMED_FILES: Readonly<Record<string, string | Uint8Array>> = {
  './password.txt': 'correct horse\n', './binary.bin': Uint8Array.from([0, 255, 254, 10, 13, 0]), './app.conf': 'listen = 80\nname = {{.Service.Name}}\n', './one.env': '# no\nA=1\nB=two words\nQ="q"\n\nC=\n',
}

const texts = Object.fromEntries(Object.entries(NAMED_FILES).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))

/** A Compose file as a stack, with everything that is wrong with it. */
export function readStack(text: string, name: string, options: StackOptions = {}): StackReading {
  const { model, problems, place } = readCompose(text, { files: texts, variables: options.variables ?? {} })
  if (model === undefined) return { stack: { name, external: [], networks: [], secrets: [], configs: [], services: [] }, problems, ignored: [] }
  const reading = stackOf(model, name, { place, files: NAMED_FILES, folder: '/srv/stack', home: '/home/me', ...options })
  return { ...reading, problems: [...problems, ...reading.problems] }
}
