import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { TERMINATION_FILES } from '../sandbox-image/sandbox-image.ts'
import { hostNamesOf } from './names.ts'

/** Where containers have it. */
export const HOSTS_PATH = '/etc/hosts'
/** The last of the files that each pod's own volume has from the start, so that containers can be made before it is written. */
export const HOSTS_FILE = TERMINATION_FILES - 1

/** Does the node write the pod's /etc/hosts? One on the node's network has the node's. Pure. */
export function hasHostsFile(pod: Frozen<Pod>): boolean {
  return pod.spec.hostNetwork !== true
}

/** The pod's /etc/hosts, in the kubelet's form. Pure. */
export function hostsFile(pod: Frozen<Pod>, address: string): string {
  const { hostname, domain } = hostNamesOf(pod)
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${[ip, ...hostnames].join('\t')}\n`)
  return [
    '# Kubernetes-managed hosts file.\n',
    '127.0.0.1\tlocalhost\n', '::1\tlocalhost ip6-localhost ip6-loopback\n', 'fe00::0\tip6-localnet\n', 'fe00::0\tip6-mcastprefix\n', 'fe00::1\tip6-allnodes\n', 'fe00::2\tip6-allrouters\n',
    `${[address, ...(domain === undefined ? [] : [`${hostname}.${domain}`]), hostname].join('\t')}\n`,
    ...(aliases.length === 0 ? [] : ['\n# Entries added by HostAliases.\n', ...aliases]),
  ].join('')
}
