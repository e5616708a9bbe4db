// Takes the Compose specification's JSON schema out of the published package that carries it, so that no key of a
// Compose file is ever typed by hand. Runs by itself after every `npm ci` (package.json: "prepare").
//
//   in:  node_modules/dclint/schemas/compose.schema.json (Apache-2.0, the specification's own text; the package is MIT)
//   out: src-main/common/compose/generated/compose-schema.json
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const schema = JSON.parse(readFileSync(join(root, 'node_modules/dclint/schemas/compose.schema.json'), 'utf8'))
if (schema.definitions?.service?.properties?.image === undefined) throw new Error('dclint/schemas/compose.schema.json is not the Compose schema any more: look where the package keeps it now.')
const out = join(root, 'src-main/common/compose/generated')
mkdirSync(out, { recursive: true })
writeFileSync(join(out, 'compose-schema.json'), `${JSON.stringify(schema, null, 1)}\n`)
