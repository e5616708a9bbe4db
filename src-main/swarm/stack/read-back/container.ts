import type { Service } from '../../../common/compose/forms/service.ts'
import { defined } from '../convert/context.ts'
import { taggedImage, withoutDigest } from '../image-name.ts'
import { StackLabel } from '../names.ts'
import type { ContainerSpec, HealthConfig, ContainerServiceSpec } from '../../docker/specs.ts'
import { some, without } from './context.ts'

/** The keys of a service that tell what each of its containers is. */
export function containerKeys(spec: ContainerServiceSpec): Service {
  const container = spec.TaskTemplate.ContainerSpec
  const dns = container.DNSConfig ?? undefined
  return defined<Service>({
    image: imageInFile(container.Image, spec.Labels?.[StackLabel.image]),
    entrypoint: some(container.Command), command: some(container.Args), hostname: text(container.Hostname), working_dir: text(container.Dir), user: text(container.User), group_add: some(container.Groups),
    environment: environment(container.Env), labels: without(container.Labels, StackLabel.namespace),
    init: container.Init ?? undefined, stop_signal: text(container.StopSignal), stop_grace_period: container.StopGracePeriod ?? undefined,
    tty: yes(container.TTY), stdin_open: yes(container.OpenStdin), read_only: yes(container.ReadOnly),
    healthcheck: healthcheck(container.Healthcheck), extra_hosts: hosts(container.Hosts),
    // An empty list stands for a DNS configuration without anything in it.
    dns: dns === undefined ? undefined : some(dns.Nameservers) ?? (dns.Search === undefined && dns.Options === undefined ? [] : undefined),
    dns_search: some(dns?.Search), dns_opt: some(dns?.Options),
    isolation: container.Isolation === 'default' ? undefined : text(container.Isolation), sysctls: some(container.Sysctls),
    cap_add: some(container.CapabilityAdd), cap_drop: some(container.CapabilityDrop), oom_score_adj: container.OomScoreAdj === 0 ? undefined : container.OomScoreAdj,
    ulimits: some(Object.fromEntries((container.Ulimits ?? []).map(({ Name, Soft, Hard }) => [Name, { soft: Soft, hard: Hard }]))),
  })
}

/** As the file said it, as long as the service has that image, or with the digest that it has. */
export function imageInFile(image: string, said: string | undefined): string {
  return said !== undefined && (taggedImage(said) === image || taggedImage(said) === withoutDigest(image)) ? said : image
}

function environment(list: ContainerSpec['Env']): Service['environment'] {
  return some(Object.fromEntries((list ?? []).map((entry): [string, string | null] => {
    const equals = entry.indexOf('=')
    return equals < 0 ? [entry, null] : [entry.slice(0, equals), entry.slice(equals + 1)]
  })))
}

function healthcheck(check: HealthConfig | undefined | null): Service['healthcheck'] {
  if (check === undefined || check === null) return undefined
  if (check.Test?.[0] === 'NONE') return { disable: true }
  const time = (value: number | undefined): number | undefined => (value === 0 ? undefined : value)
  return defined({ test: some(check.Test), interval: time(check.Interval), timeout: time(check.Timeout), start_period: time(check.StartPeriod), start_interval: time(check.StartInterval), retries: time(check.Retries) })
}

function hosts(lines: ContainerSpec['Hosts']): Service['extra_hosts'] {
  const hosts: Record<string, string[]> = {}
  for (const line of lines ?? []) {
    const [address = '', name] = line.split(/\s+/)
    if (name !== undefined) (hosts[name] ??= []).push(address)
  }
  return some(hosts)
}

function text(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function yes(value: boolean | undefined): true | undefined {
  return value === true ? true : undefined
}
