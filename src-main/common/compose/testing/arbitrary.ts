import fc from 'fast-check'
import type { Form } from '../forms/form.ts'
import type { ComposeModel } from '../forms/file.ts'
import { composeFile } from '../forms/file.ts'
import type { Service } from '../forms/service.ts'
import { service } from '../forms/service.ts'

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/)
const DURATIONS = fc.integer({ min: 1, max: 7200 }).map((s) => s * 1_000_000_000)

// What a field needs to be where any text would not do. By the field's name, or `parent.name`.
const SPECIAL: Record<string, fc.Arbitrary<unknown>> = {
  'healthcheck.test': fc.oneof(fc.tuple(fc.constant('CMD-SHELL'), fc.string()), fc.tuple(fc.constant('CMD'), word, fc.string())),
  'ports.mode': fc.constantFrom('ingress', 'host'),
  'ports.protocol': fc.constantFrom('tcp', 'udp'),
  'ports.target': fc.integer({ min: 1, max: 65535 }), 'ports.published': fc.integer({ min: 1, max: 65535 }), 'ports.host_ip': fc.constantFrom('127.0.0.1', '10.0.0.7'),
  'volumes.type': fc.constantFrom('bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image'),
  'volumes.target': word.map((w) => `/${w}`), 'volumes.source': word.map((w) => `/${w}`),
  'bind.recursive': fc.constantFrom('enabled', 'disabled', 'writable', 'readonly'), 'bind.selinux': fc.constantFrom('z', 'Z'),
  'depends_on.condition': fc.constantFrom('service_started', 'service_healthy', 'service_completed_successfully'),
  'update_config.order': fc.constantFrom('start-first', 'stop-first'), 'rollback_config.order': fc.constantFrom('start-first', 'stop-first'),
  'watch.action': fc.constantFrom('rebuild', 'sync'), '.pull_policy': fc.constantFrom('always', 'never', 'build', 'missing'), '.cgroup': fc.constantFrom('host', 'private'),
  '.oom_score_adj': fc.integer({ min: -1000, max: 1000 }), '.cpu_percent': fc.integer({ min: 0, max: 100 }), '.memswap_limit': fc.constantFrom(-1, 1048576),
  'extra_hosts.*': fc.array(fc.constantFrom('10.0.0.1', 'fd00::1'), { minLength: 1, maxLength: 2 }), 'command': fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
  '.restart': fc.constantFrom('no', 'always', 'on-failure', 'unless-stopped'), '.stop_signal': fc.constantFrom('SIGTERM', 'SIGUSR1'), '.user': fc.constantFrom('1000', '1000:1001', 'app'),
  'deploy.replicas': fc.integer({ min: 0, max: 9 }), 'container_name': word.map((w) => `${w}1`),
}

/** Every value that a form can have, as far as a test wants variety: any of its keys may be there. */
function arbitraryOf<T>(form: Form<T>, names: readonly string[] = []): fc.Arbitrary<T> {
  const [parent, name] = [names.at(-2) ?? '', names.at(-1) ?? '']
  const special = SPECIAL[`${parent}.${name}`] ?? SPECIAL[name]
  if (special !== undefined) return special as fc.Arbitrary<T>
  return byShape(form as Form<unknown>, names) as fc.Arbitrary<T>
}

function byShape({ shape }: Form<unknown>, names: readonly string[]): fc.Arbitrary<unknown> {
  switch (shape.of) {
    case 'list': return fc.uniqueArray(arbitraryOf(shape.item, names), { minLength: 1, maxLength: 2, selector: (value) => JSON.stringify(value) })
    case 'map': return fc.dictionary(names.at(-1) === 'ulimits' ? fc.stringMatching(/^[a-z]{1,6}$/) : word, arbitraryOf(shape.value, [...names, '*']), { minKeys: 1, maxKeys: 2 })
    case 'object': return fc.record(Object.fromEntries(Object.entries(shape.fields).map(([key, field]) => [key, arbitraryOf(field, [...names.filter((n) => n !== '*'), key])])), { requiredKeys: [...shape.required] })
    case 'leaf': return byName(shape.name)
  }
}

function byName(name: string): fc.Arbitrary<unknown> {
  if (name.startsWith('one of ')) return fc.constantFrom(...name.slice('one of '.length).split(' '))
  switch (name) {
    case 'flag': return fc.boolean()
    case 'whole': return fc.integer({ min: 1, max: 100 })
    case 'number': case 'cores': return fc.integer({ min: 1, max: 40 }).map((n) => n / 10)
    case 'bytes': return fc.integer({ min: 1, max: 4096 }).map((n) => n * 1024 * 1024)
    case 'duration': return DURATIONS
    case 'mode': return fc.integer({ min: 0o400, max: 0o777 })
    case 'textOrNull': return fc.oneof(fc.string(), fc.constant(null))
    case 'anything': return fc.dictionary(word, word, { minKeys: 1, maxKeys: 2 })
    case 'text': return word
    default: throw new Error(`No values for ${name}`)
  }
}

// Resolved while reading: a model has none of them.
const RESOLVED = new Set(['env_file', 'label_file', 'extends'])

/** A file in a place of its own: no two things are mounted at one. */
function placed<T extends { source?: string; target?: string }>(mount: T, source: string, suffix: string): T {
  return { ...mount, source, ...(mount.target === undefined ? {} : { target: `${mount.target}-${suffix}` }) }
}

/** A service with any of its keys, alone in its file: it refers to what `around` says is there. */
function anyService(around: { networks: string[]; volumes: string[]; secrets: string[]; configs: string[] }, slot: number): fc.Arbitrary<Service> {
  const shape = service.shape
  if (shape.of !== 'object') throw new Error('a service is an object')
  const fields = Object.fromEntries(Object.entries(shape.fields).filter(([key]) => !RESOLVED.has(key)).map(([key, field]) => [key, arbitraryOf(field, [key])]))
  return fc.record(fields, { requiredKeys: [] }).map((made) => {
    const own = made as Service
    const pick = (list: readonly string[], i: number): string => list[i % list.length] ?? ''
    return {
      ...own, image: own.image ?? 'nginx',
      ...(own.ports === undefined ? {} : { ports: own.ports.map((port, i) => ({ ...port, mode: port.mode ?? 'ingress', protocol: port.protocol ?? 'tcp', ...(port.published === undefined ? {} : { published: 20_000 + slot * 100 + i }) })) }),
      ...(own.networks === undefined ? {} : { networks: Object.fromEntries(Object.values(own.networks).map((a, i) => [pick(around.networks, i), a])) }),
      ...(own.volumes === undefined ? {} : { volumes: own.volumes.map((v, i) => ({ ...v, ...(v.type === 'volume' && v.source !== undefined ? { source: pick(around.volumes, i) } : {}), target: `${v.target ?? '/data'}${String(i)}` })) }),
      ...(own.secrets === undefined ? {} : { secrets: own.secrets.map((s, i) => placed(s, pick(around.secrets, i), `s${String(i)}`)) }),
      ...(own.configs === undefined ? {} : { configs: own.configs.map((s, i) => placed(s, pick(around.configs, i), `c${String(i)}`)) }),
      ...(own.depends_on === undefined ? {} : { depends_on: Object.fromEntries(Object.values(own.depends_on).slice(0, 1).map((d) => ['web', { ...d, condition: d.condition ?? 'service_started' }])) }),
      ...(own.links === undefined ? {} : { links: ['web'] }),
      ...(own.volumes_from === undefined ? {} : { volumes_from: ['web'] }),
      ...(own.credential_spec?.config === undefined ? {} : { credential_spec: { ...own.credential_spec, config: pick(around.configs, 0) } }),
    }
  })
}

/** Compose models over every key that there is, consistent in their names and ports. */
export const composeModels: fc.Arbitrary<ComposeModel> = (() => {
  const shape = composeFile.shape
  if (shape.of !== 'object') throw new Error('a file is an object')
  const part = (key: string): fc.Arbitrary<unknown> => {
    const form = shape.fields[key]
    if (form?.shape.of !== 'map') throw new Error(`no map ${key}`)
    const value = form.shape.value
    return fc.tuple(arbitraryOf(value, [key, '*']), arbitraryOf(value, [key, '*'])).map(([a, b]) => ({ [`${key}a`]: a, [`${key}b`]: b }))
  }
  const around = (key: string): string[] => [`${key}a`, `${key}b`]
  const names = { networks: around('networks'), volumes: around('volumes'), secrets: around('secrets'), configs: around('configs') }
  return fc.record({
    services: fc.tuple(anyService(names, 0), anyService(names, 1)).map(([web, api]) => ({ web, api })),
    networks: part('networks'), volumes: part('volumes'), secrets: part('secrets'), configs: part('configs'),
    name: word,
  }) as unknown as fc.Arbitrary<ComposeModel>
})()
