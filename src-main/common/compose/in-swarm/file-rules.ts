import type { Rule } from './rule.ts'
import { group, ignored, more, named, refused, taken } from './rule.ts'
import { SERVICE_RULES } from './service-rules.ts'

const IPAM = 'Swarm can have it.'
const CONTENT = 'Its text is taken from here.'

/** What becomes of every key of a Compose file. */
export const FILE_RULES: Rule = group({
  version: taken,
  name: ignored('The stack\'s name is chosen when it is deployed.'),
  include: refused('Put the services of those files into this one.'),
  models: refused('Run each model as a service of its own.'),
  services: named(SERVICE_RULES),
  networks: named({
    name: taken, driver: taken, driver_opts: taken, external: taken, internal: taken, attachable: taken, labels: taken, enable_ipv6: more(IPAM), enable_ipv4: refused('Leave it out: overlay networks have IPv4.'),
    ipam: group({ driver: taken, options: more(IPAM), config: group({ subnet: taken, ip_range: more(IPAM), gateway: more(IPAM), aux_addresses: more(IPAM) }) }),
  }),
  volumes: named({ name: taken, driver: taken, driver_opts: taken, external: taken, labels: taken }),
  secrets: named({ name: taken, file: taken, external: taken, labels: taken, driver: taken, driver_opts: taken, template_driver: taken, environment: more(CONTENT) }),
  configs: named({ name: taken, file: taken, external: taken, labels: taken, template_driver: taken, content: more(CONTENT), environment: more(CONTENT) }),
})
