import type { Healthcheck } from '../../../common/compose/forms/health.ts'
import type { Service } from '../../../common/compose/forms/service.ts'
import type { ContainerSpec, HealthConfig } from '../../docker/specs.ts'
import { capabilities } from './capabilities.ts'
import type { ServiceContext } from './context.ts'
import { NO_STACK } from '../names.ts'
import { byText, defined, stackLabels } from './context.ts'
import { configReferences, credentialSpec, secretReferences } from './references.ts'
import { mountsOf } from './mounts.ts'

/** What each container of a service is. */
export function containerOf(service: Service, at: ServiceContext): ContainerSpec {
  const { add, drop } = capabilities(service.cap_add, service.cap_drop)
  const credentials = credentialSpec(service.credential_spec, at)
  return defined<ContainerSpec>({
    Image: service.image ?? '',
    Labels: stackLabels(at.stack, service.labels),
    Command: service.entrypoint, Args: service.command,
    Hostname: service.hostname, Env: environment(service.environment), Dir: service.working_dir, User: service.user, Groups: service.group_add,
    // `docker stack deploy` writes it always, `docker service create` only with something in it; a service of the same words would be another one to the manager, and its tasks be replaced.
    Privileges: credentials === undefined && at.stack === NO_STACK ? undefined : defined({ CredentialSpec: credentials }),
    Init: service.init, StopSignal: service.stop_signal, StopGracePeriod: service.stop_grace_period,
    TTY: service.tty, OpenStdin: service.stdin_open, ReadOnly: service.read_only,
    Mounts: service.volumes === undefined ? undefined : mountsOf(service.volumes, at),
    Healthcheck: health(service.healthcheck, at),
    Hosts: service.extra_hosts === undefined ? undefined : hosts(service.extra_hosts),
    DNSConfig: dns(service),
    Secrets: secretReferences(service.secrets, at), Configs: configReferences(service, at),
    Isolation: service.isolation, Sysctls: service.sysctls,
    CapabilityAdd: add, CapabilityDrop: drop,
    Ulimits: ulimits(service.ulimits),
    OomScoreAdj: service.oom_score_adj,
  })
}

/** `NAME=value`, sorted; a name without a value unsets what the image has. */
function environment(pairs: Service['environment']): string[] | undefined {
  if (pairs === undefined) return undefined
  return Object.entries(pairs).map(([name, value]) => (value === null ? name : `${name}=${value}`)).sort(byText)
}

function health(check: Healthcheck | undefined, at: ServiceContext): HealthConfig | undefined {
  if (check === undefined) return undefined
  if (check.disable === true) {
    if ((check.test ?? []).length > 0) at.refuse(['healthcheck', 'test'], 'A healthcheck has either disable or a test: leave one of them out.')
    for (const key of Object.keys(check)) {
      if (key !== 'disable' && key !== 'test' && !key.startsWith('x-')) at.findings.ignore(['services', at.name, 'healthcheck', key], `services.${at.name}.healthcheck.${key} has no effect: the healthcheck is disabled.`)
    }
    return { Test: ['NONE'] }
  }
  return defined<HealthConfig>({ Test: check.test, Interval: check.interval, Timeout: check.timeout, StartPeriod: check.start_period, StartInterval: check.start_interval, Retries: check.retries })
}

/** `ADDRESS NAME`, in the file's order. */
function hosts(names: NonNullable<Service['extra_hosts']>): string[] {
  return Object.entries(names).flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}`))
}

function dns({ dns: servers, dns_search: search, dns_opt: options }: Service): ContainerSpec['DNSConfig'] {
  return servers === undefined && search === undefined && options === undefined ? undefined : defined({ Nameservers: servers, Search: search, Options: options })
}

function ulimits(limits: Service['ulimits']): ContainerSpec['Ulimits'] {
  if (limits === undefined) return undefined
  return Object.entries(limits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })).sort((a, b) => byText(a.Name, b.Name))
}
