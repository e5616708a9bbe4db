import type { Service } from '../../common/compose/forms/service.ts'
import type { Note } from '../report.ts'

const SWAP = 'Swap is a setting of the nodes here.'
const CPU = 'Kubernetes shares cores by requests and limits: say it as deploy.resources.'
const DEVICE = 'A device of a node needs a device plugin, or a privileged pod with a hostPath.'

/** Keys of a service that Kubernetes has nothing for, and what to do about each. */
const ADVICE: { readonly [K in keyof Service]?: string } = {
  build: 'Build the image before (docker build), push it or let Toque send it to the nodes, and name it in image.',
  pull_refresh_after: 'An image is pulled when a pod is made: deploy a new tag.',
  depends_on: 'All start at once, and a container that fails is started again until what it needs is there. Make the app retry, or wait in an init container.',
  links: 'Services find each other by their names: use the name in place of the link.',
  external_links: 'What runs outside is reached by its address: make a Service without a selector, or of type ExternalName.',
  container_name: 'Pods have names of their own, for there may be several: the service\'s name is what others use.',
  domainname: 'A pod\'s domain is its namespace\'s.', mac_address: 'The cluster gives out addresses.',
  volumes_from: 'Name the volume at the top of the file, and mount it in both services.', storage_opt: 'The size of a container\'s own disk is resources.limits.ephemeral-storage here.',
  stop_signal: 'Containers get the image\'s own STOPSIGNAL: set it there, or send another by pre_stop.',
  userns_mode: 'Pods have hostUsers: false for this, where the nodes can.', ulimits: 'Limits of files and processes are the node\'s container runtime\'s: set them in the image\'s entrypoint (ulimit), or there.',
  init: 'Put an init (such as tini) into the image; orphans of a pod with shareProcessNamespace are reaped too.',
  cpu_count: CPU, cpu_percent: CPU, cpu_shares: CPU, cpu_quota: CPU, cpu_period: CPU, cpu_rt_period: CPU, cpu_rt_runtime: CPU, cpuset: 'Pinned cores are the nodes\' CPU manager\'s matter (static policy).',
  mem_swappiness: SWAP, memswap_limit: SWAP, oom_kill_disable: 'A container over its limit is always ended: raise the limit.', oom_score_adj: 'It follows from requests and limits: equal ones are ended last.',
  pids_limit: 'A pod has no limit of its own here: set podPidsLimit of the nodes.', blkio_config: 'Kubernetes does not limit reading and writing of disks.',
  devices: DEVICE, device_cgroup_rules: DEVICE, runtime: 'Name a RuntimeClass in the pod (runtimeClassName).', isolation: 'It is for Windows: name a RuntimeClass.',
  cgroup: 'The nodes decide.', cgroup_parent: 'The nodes decide.', uts: 'A pod\'s name is its own; with network_mode: host it is the node\'s.', credential_spec: 'Windows only: securityContext.windowsOptions has it.',
  logging: 'Logs stay with the nodes; a LogSink object sends them on, for all pods.', attach: 'Logs are asked for: kubectl logs, or the app\'s page.', develop: 'It is for your desk only: nothing of it runs in a cluster.',
  models: 'Run the model as a service of its own, and give its address by environment.', profiles: 'All services are there: leave out what should not run.',
  provider: 'What a provider makes has to be made by hand.', use_api_socket: 'There is no Docker socket in a pod: use the Kubernetes API with a ServiceAccount.',
}

/** Says of each such key of the service that it is left out, with the advice. */
export function leftOut(service: Service, note: Note): void {
  for (const [key, advice] of Object.entries(ADVICE) as [string, string][]) if (service[key as keyof Service] !== undefined) note.lost(key, advice)
}
