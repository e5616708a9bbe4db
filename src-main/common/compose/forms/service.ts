import { build } from './build.ts'
import { deploy, develop, gpus } from './deploy.ts'
import { fileMounts } from './files.ts'
import type { Of } from './form.ts'
import { list, map, object, short } from './form.ts'
import { healthcheck } from './health.ts'
import { blkio, bytesOrUnlimited, devices, ulimits } from './limits.ts'
import { attachments, dependsOn, extraHosts } from './networks.ts'
import { ports } from './ports.ts'
import { anything, bytes, command, cores, duration, flag, labels, number, oneOrMore, pairs, text, textMap, texts, whole } from './scalars.ts'
import { volumeMounts } from './volumes.ts'

const hook = object({ command, user: text, privileged: flag, working_dir: text, environment: pairs }, 'command')
const envFiles = short(list(short(object({ path: text, format: text, required: flag }, 'path'), (value) => (typeof value === 'string' ? { path: value } : value))), (value) => (typeof value === 'string' ? [value] : value))
const boundModels = short(map(object({ endpoint_var: text, model_var: text }), () => ({})), (value) => (Array.isArray(value) ? Object.fromEntries(value.map((name) => [String(name), {}])) : value))
const extended = short(object({ service: text, file: text }, 'service'), (value) => (typeof value === 'string' ? { service: value } : value))

/** Every key of a service. `environment`, `env_file` and `label_file` are together in `environment` and `labels` once a file has been read. */
export const service = object({
  image: text, build, pull_policy: text, pull_refresh_after: text, platform: text,
  entrypoint: command, command, working_dir: text, user: text, group_add: texts,
  environment: pairs, env_file: envFiles, label_file: oneOrMore, labels, annotations: labels,
  ports, expose: texts, networks: attachments, network_mode: text, links: texts, external_links: texts, extra_hosts: extraHosts, dns: oneOrMore, dns_opt: texts, dns_search: oneOrMore,
  hostname: text, domainname: text, mac_address: text,
  volumes: volumeMounts, volumes_from: texts, tmpfs: oneOrMore, secrets: fileMounts, configs: fileMounts, shm_size: bytes, storage_opt: textMap,
  depends_on: dependsOn, healthcheck, deploy, scale: whole, restart: text, stop_grace_period: duration, stop_signal: text, post_start: list(hook), pre_stop: list(hook),
  cap_add: texts, cap_drop: texts, privileged: flag, read_only: flag, security_opt: texts, userns_mode: text, sysctls: labels, ulimits, init: flag, tty: flag, stdin_open: flag,
  cpus: cores, cpu_count: whole, cpu_percent: whole, cpu_shares: number, cpu_quota: number, cpu_period: number, cpu_rt_period: text, cpu_rt_runtime: text, cpuset: text,
  mem_limit: bytes, mem_reservation: bytes, mem_swappiness: whole, memswap_limit: bytesOrUnlimited, oom_kill_disable: flag, oom_score_adj: whole, pids_limit: whole, blkio_config: blkio,
  devices, device_cgroup_rules: texts, gpus, runtime: text, isolation: text, cgroup: text, cgroup_parent: text, ipc: text, pid: text, uts: text,
  credential_spec: object({ config: text, file: text, registry: text }), logging: object({ driver: text, options: textMap }),
  attach: flag, container_name: text, develop, extends: extended, models: boundModels, profiles: texts, provider: object({ type: text, options: anything }, 'type'), use_api_socket: flag,
})

/** A service, with every value in its one canonical form. */
export type Service = Of<typeof service>
