import { object, short } from './form.ts'
import { fileMounts } from './files.ts'
import { ulimits } from './limits.ts'
import { extraHosts } from './networks.ts'
import { bytes, flag, labels, pairs, text, texts } from './scalars.ts'

/** How an image is made; a text is the folder. */
export const build = short(object({
  context: text, dockerfile: text, dockerfile_inline: text, entitlements: texts, args: pairs, ssh: pairs, labels, cache_from: texts, cache_to: texts, no_cache: flag,
  additional_contexts: labels, network: text, pull: flag, target: text, shm_size: bytes, extra_hosts: extraHosts, isolation: text, privileged: flag, secrets: fileMounts,
  tags: texts, ulimits, platforms: texts,
}), (value) => (typeof value === 'string' ? { context: value } : value))
