const DURATIONS = ['5s', '10s', '30s', '1m']
const update = { failure_action: ['pause', 'continue', 'rollback'], order: ['stop-first', 'start-first'], delay: DURATIONS, monitor: DURATIONS }

/** Values that a field of a stack file may have, where the Compose schema does not list them or Swarm has others: by the names on the way to it, without those that people choose. */
export const STACK_VALUES: Readonly<Record<string, readonly string[]>> = {
  'services.deploy.mode': ['replicated', 'global', 'replicated-job', 'global-job'],
  'services.deploy.endpoint_mode': ['vip', 'dnsrr'],
  'services.deploy.restart_policy.condition': ['any', 'on-failure', 'none'],
  'services.deploy.restart_policy.delay': DURATIONS,
  ...Object.fromEntries(Object.entries(update).map(([key, values]) => [`services.deploy.update_config.${key}`, values])),
  ...Object.fromEntries(Object.entries(update).map(([key, values]) => [`services.deploy.rollback_config.${key}`, values.filter((value) => value !== 'rollback')])),
  'services.deploy.placement.constraints': ['node.role == manager', 'node.role == worker', 'node.hostname == ', 'node.labels.', 'node.platform.arch == x86_64'],
  'services.deploy.placement.preferences.spread': ['node.labels.', 'node.id'],
  'services.ports.mode': ['host', 'ingress'],
  'services.ports.protocol': ['tcp', 'udp', 'sctp'],
  'services.volumes.type': ['volume', 'bind', 'tmpfs', 'npipe'],
  'services.restart': ['always', 'on-failure', 'unless-stopped'],
  'networks.driver': ['overlay'],
  'secrets.template_driver': ['golang'],
  'configs.template_driver': ['golang'],
}
