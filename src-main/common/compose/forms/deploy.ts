import type { Form, Of } from './form.ts'
import { list, object, short } from './form.ts'
import { bytes, command, cores, duration, flag, labels, number, oneOrMore, pairs, text, texts, whole } from './scalars.ts'

const update = object({ parallelism: whole, delay: duration, failure_action: text, monitor: duration, max_failure_ratio: number, order: text })

/** `deploy.update_config` and `rollback_config`. */
export type UpdateConfig = Of<typeof update>

/** `count` is a number or `all`, kept as text. */
const deviceRequests = list(object({ capabilities: texts, count: text, device_ids: texts, driver: text, options: labels }, 'capabilities'))

const resources = object({
  limits: object({ cpus: cores, memory: bytes, pids: whole }),
  reservations: object({ cpus: cores, memory: bytes, generic_resources: list(object({ discrete_resource_spec: object({ kind: text, value: whole }) })), devices: deviceRequests }),
})

/** A service's `deploy`: how many, where, and how they change. */
export const deploy = object({
  mode: oneOf('replicated', 'global', 'replicated-job', 'global-job'),
  endpoint_mode: oneOf('vip', 'dnsrr'),
  replicas: whole, labels, rollback_config: update, update_config: update, resources,
  restart_policy: object({ condition: oneOf('none', 'on-failure', 'any', 'always', 'unless-stopped'), delay: duration, max_attempts: whole, window: duration }),
  placement: object({ constraints: texts, preferences: list(object({ spread: text })), max_replicas_per_node: whole }),
})
export type Deploy = Of<typeof deploy>

/** `gpus: all` or which ones. */
export const gpus = short(list(object({ capabilities: texts, count: text, device_ids: texts, driver: text, options: labels })), (value) => (value === 'all' ? [{ count: 'all' }] : value))

/** `develop`: what watching a folder does; nothing of it runs in a cluster. */
export const develop = object({
  watch: list(object({ ignore: oneOrMore, include: oneOrMore, path: text, action: text, target: text, exec: object({ command, user: text, privileged: flag, working_dir: text, environment: pairs }, 'command') }, 'path', 'action')),
})

function oneOf(...words: string[]): Form<string> {
  return { ...text, shape: { of: 'leaf', name: `one of ${words.join(' ')}` }, read: (value, at) => {
    const read = text.read(value, at)
    if (read === undefined || words.includes(read)) return read
    at.problem(`must be one of ${words.join(', ')}, not "${read}".`)
    return undefined
  } }
}
