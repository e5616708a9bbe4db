import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { CLUSTER_DOMAIN } from '../../../common/kube/well-known.ts'

/** Where containers have it. */
export const RESOLV_CONF_PATH = '/etc/resolv.conf'
/** The file's name in the pod's own volume. */
export const RESOLV_CONF = 'resolv.conf'

/** What a pod's programs ask for names, as in resolv.conf. */
export interface PodDns { servers: string[]; searches: string[]; options: string[] }

/** The pod's DNS by its policy and its own settings. `gateway`: where the node answers for the cluster's names. Pure. */
export function dnsOf({ spec, metadata: { namespace: ns = '' } }: Frozen<Pod>, gateway: string): PodDns {
  const own = spec.dnsConfig ?? {}
  const options = (own.options ?? []).map((o) => (o.value === undefined ? o.name ?? '' : `${o.name ?? ''}:${o.value}`))
  const policy = spec.dnsPolicy ?? 'ClusterFirst'
  if (policy === 'None' || policy === 'Default') return { servers: [...own.nameservers ?? []], searches: [...own.searches ?? []], options }
  const searches = [`${ns}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN]
  const ndots = options.some((o) => o.startsWith('ndots:')) ? [] : ['ndots:5']
  return { servers: [gateway, ...(own.nameservers ?? [])], searches: [...searches, ...(own.searches ?? [])], options: [...options, ...ndots] }
}

/**
 * Does the pod need a resolv.conf of ours? Docker's names Docker's own server on a network of ours, which asks ours in turn: that does for who only resolves names, but hides the servers that
 * somebody chose. On the host's network Docker's is the host's. Pure.
 */
export function needsResolvConf({ spec: { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork } }: Frozen<Pod>): boolean {
  if (dnsPolicy === 'None') return true
  if (hostNetwork === true) return dnsPolicy === 'ClusterFirstWithHostNet'
  return dnsPolicy !== 'Default' && (dnsConfig?.nameservers?.length ?? 0) > 0
}

/** The text of the pod's resolv.conf. Pure. */
export function resolvConf(pod: Frozen<Pod>, gateway: string): string {
  const { servers, searches, options } = dnsOf(pod, gateway)
  const line = (word: string, words: readonly string[]): string => (words.length === 0 ? '' : `${word} ${words.join(' ')}\n`)
  return `${line('search', searches)}${servers.map((server) => `nameserver ${server}\n`).join('')}${line('options', options)}`
}
