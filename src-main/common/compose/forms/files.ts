import type { Form, Of } from './form.ts'
import { list, map, object, short } from './form.ts'
import { fileMode, flag, labels, text, textMap } from './scalars.ts'
import { named } from './networks.ts'

const mount = object({ source: text, target: text, uid: text, gid: text, mode: fileMode })

/** A secret or config as a file in a container. */
export type FileMount = Of<typeof mount>

/** A service's `secrets` or `configs`: a text is the name of one. */
export const fileMounts: Form<FileMount[]> = list(short(mount, (value) => (typeof value === 'string' ? { source: value } : value)), ({ source, target }) => target ?? source ?? '')

const secret = object({ name: text, environment: text, file: text, external: flag, labels, driver: text, driver_opts: textMap, template_driver: text })
export type Secret = Of<typeof secret>

const config = object({ name: text, content: text, environment: text, file: text, external: flag, labels, template_driver: text })
export type Config = Of<typeof config>

/** The top-level `secrets`. */
export const secrets = map(named(secret), () => ({}))

/** The top-level `configs`. */
export const configs = map(named(config), () => ({}))
