import { configs, secrets } from './files.ts'
import type { Of } from './form.ts'
import { list, map, object, short } from './form.ts'
import { networks, volumes } from './networks.ts'
import { service } from './service.ts'
import { oneOrMore, text, texts, whole } from './scalars.ts'

const include = list(short(object({ path: oneOrMore, env_file: oneOrMore, project_directory: text }), (value) => (typeof value === 'string' ? { path: value } : value)))
const models = map(object({ name: text, model: text, context_size: whole, runtime_flags: texts }, 'model'))

/** A whole Compose file. */
export const composeFile = object({ version: text, name: text, include, services: map(service), networks, volumes, secrets, configs, models }, 'services')

/**
 * A Compose file as values: its own key names, each value in one canonical form. Durations are nanoseconds, sizes bytes, cores a number, file modes a number;
 * short ways of writing are written out, and what only helps writing (`version`, `extends`, `env_file`, anchors) is resolved.
 */
export type ComposeModel = Of<typeof composeFile>
