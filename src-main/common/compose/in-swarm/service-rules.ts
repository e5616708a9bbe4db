import type { Deploy } from '../forms/deploy.ts'
import type { Service } from '../forms/service.ts'
import type { Rule } from './rule.ts'
import { group, ignored, more, named, refused, since, taken } from './rule.ts'

const CPU = 'Say it as deploy.resources.limits.cpus (or reservations).'
const MEMORY = 'Say it as deploy.resources.limits.memory (or reservations).'
const DEVICE = 'Swarm gives no devices to a service. Say deploy.resources.reservations.generic_resources, or mount what it needs.'
const HOOK = 'Do it in the image\'s own entrypoint.'
const ADDRESS = 'Swarm gives out the addresses.'
const MODEL = 'Run the model as a service of its own, and give its address by environment.'

const update = group({ parallelism: taken, delay: taken, failure_action: taken, monitor: taken, max_failure_ratio: taken, order: taken })

const deploy: Readonly<Record<Exclude<keyof Deploy, `x-${string}`>, Rule>> = {
  mode: taken, endpoint_mode: taken, replicas: taken, labels: taken, update_config: update, rollback_config: update,
  resources: group({
    limits: group({ cpus: taken, memory: taken, pids: taken }),
    reservations: group({ cpus: taken, memory: taken, generic_resources: taken, devices: refused('Tell the nodes\' Docker about the devices (node-generic-resources), and say generic_resources.') }),
  }),
  restart_policy: group({ condition: taken, delay: taken, max_attempts: taken, window: taken }),
  placement: group({ constraints: taken, preferences: taken, max_replicas_per_node: taken }),
}

const fileMount = group({ source: taken, target: taken, uid: taken, gid: taken, mode: taken })

/** What becomes of every key of a service. */
export const SERVICE_RULES: Readonly<Record<Exclude<keyof Service, `x-${string}`>, Rule>> = {
  image: taken, entrypoint: taken, command: taken, working_dir: taken, user: taken, environment: taken, labels: taken, hostname: taken,
  extra_hosts: taken, dns: taken, dns_search: taken, dns_opt: more('Swarm can have it.'), group_add: more('Swarm can have it.'),
  ports: group({
    target: taken, published: taken, protocol: taken, mode: taken, host_ip: ignored('Swarm publishes ports on all addresses of a node. Close the others with a firewall.'),
    name: refused('Leave it out: the port has its number.'), app_protocol: refused('Leave it out: Swarm passes bytes on.'),
  }),
  networks: named({
    aliases: taken, driver_opts: taken, ipv4_address: ignored(ADDRESS), ipv6_address: ignored(ADDRESS), link_local_ips: refused(ADDRESS), mac_address: refused(ADDRESS),
    interface_name: refused('Leave it out.'), priority: refused('Leave it out.'), gw_priority: refused('Leave it out.'),
  }),
  volumes: group({
    type: taken, source: taken, target: taken, read_only: taken, consistency: ignored('Swarm does not keep it.'),
    bind: group({
      propagation: taken, create_host_path: ignored('Swarm makes no folders of nodes: it must be on each node that may run the service.'),
      recursive: ignored('Swarm mounts what is below, too.'), selinux: ignored('Label the folder on the nodes.'),
    }),
    volume: group({ nocopy: taken, subpath: since(1, 45), labels: ignored('Say them at the volume, in the top-level volumes:.') }),
    tmpfs: group({ size: taken, mode: more('Swarm can have it.') }),
    image: refused('Copy what is in that image into this one.'),
  }),
  secrets: fileMount, configs: fileMount,
  healthcheck: group({ disable: taken, interval: taken, retries: taken, test: taken, timeout: taken, start_period: taken, start_interval: since(1, 44) }),
  deploy: group(deploy),
  restart: taken, stop_grace_period: taken, stop_signal: taken,
  cap_add: taken, cap_drop: taken, read_only: taken, init: taken, sysctls: taken, ulimits: taken, tty: taken, stdin_open: taken, isolation: taken, oom_score_adj: since(1, 46),
  credential_spec: group({ config: taken, file: taken, registry: taken }), logging: group({ driver: taken, options: taken }),

  build: ignored('Swarm builds nothing: build the image, push it to a registry that all nodes reach, and name it in image.'),
  cgroup_parent: ignored('The nodes\' Docker decides.'),
  container_name: ignored('A service may have several containers, so Swarm names them: others use the service\'s name.'),
  depends_on: ignored('Swarm starts all at once, and starts again what fails: make the app wait for what it needs, or a healthcheck tell.'),
  devices: ignored(DEVICE), domainname: ignored('Write the whole name as hostname.'),
  expose: ignored('Services on one network reach each other at every port.'), external_links: ignored('Put both on one network, and use the name.'),
  ipc: ignored('Swarm does not share it: a tmpfs volume at /dev/shm has memory of its own.'), links: ignored('Services find each other by their names on a network that both are on.'),
  mac_address: ignored(ADDRESS), network_mode: ignored('For the node\'s own network, attach the network host: networks: {outside: {}}, and below the top-level networks: outside: {external: true, name: host}.'),
  pid: ignored('Swarm does not share it.'), privileged: ignored('Swarm runs no privileged containers: say cap_add for what is needed.'),
  security_opt: ignored('The nodes\' Docker decides.'), shm_size: ignored('Mount memory: volumes: [{type: tmpfs, target: /dev/shm, tmpfs: {size: ...}}].'),
  tmpfs: ignored('Mount memory: volumes: [{type: tmpfs, target: ...}].'), userns_mode: ignored('The nodes\' Docker decides.'),

  annotations: refused('Say labels.'), attach: refused('Leave it out: logs are asked for.'), blkio_config: refused('Limit it on the nodes.'), cgroup: refused('The nodes\' Docker decides.'),
  cpu_count: refused(CPU), cpu_percent: refused(CPU), cpu_period: refused(CPU), cpu_quota: refused(CPU), cpu_rt_period: refused(CPU), cpu_rt_runtime: refused(CPU), cpu_shares: refused(CPU), cpus: refused(CPU), cpuset: refused(CPU),
  mem_limit: refused(MEMORY), mem_reservation: refused(MEMORY), mem_swappiness: refused('Swap is set on the nodes.'), memswap_limit: refused('Swap is set on the nodes.'),
  oom_kill_disable: refused('Say a higher memory limit.'), pids_limit: refused('Say it as deploy.resources.limits.pids.'), storage_opt: refused('Set it for the nodes\' Docker.'),
  device_cgroup_rules: refused(DEVICE), gpus: refused('Tell the nodes\' Docker about them (node-generic-resources), and say deploy.resources.reservations.generic_resources.'),
  develop: refused('It is for a desk: leave it out.'), platform: refused('Say it as a constraint: deploy.placement.constraints: [node.platform.arch == x86_64].'),
  post_start: refused(HOOK), pre_stop: refused(HOOK), profiles: refused('Leave out what should not run.'), provider: refused('Make by hand what a provider would make.'),
  pull_policy: refused('Swarm looks at every deploy whether the tag has a new image.'), pull_refresh_after: refused('Swarm looks at every deploy whether the tag has a new image.'),
  runtime: refused('Set the default runtime of the nodes\' Docker.'), scale: refused('Say it as deploy.replicas.'), uts: refused('Leave it out.'), models: refused(MODEL),
  use_api_socket: refused('Mount the socket: volumes: ["/var/run/docker.sock:/var/run/docker.sock"].'),
  volumes_from: refused('Name the volume in the top-level volumes:, and mount it in both services.'),
  // Resolved when the file was read.
  env_file: taken, label_file: taken, extends: taken,
}
