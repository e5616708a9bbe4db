import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COMPOSE_SCHEMA } from '../../common/compose/schema/schema.ts'
import { composeModels } from '../../common/compose/testing/arbitrary.ts'
import type { ComposeModel } from '../../common/compose/forms/file.ts'
import { readCompose } from '../../common/compose/read.ts'
import { pathText } from '../../common/compose/schema/words.ts'
import { isMap } from '../../common/json.ts'
import { stackOf } from './stack-of.ts'
import type { Rule } from '../../common/compose/in-swarm/rule.ts'
import { FILE_RULES } from '../../common/compose/in-swarm/file-rules.ts'
import { BAD_FILES } from './testing/bad-files.ts'
import { COMPOSE_FILES, readStack } from './testing/fixtures.ts'

const said = (problems: readonly { line?: number; column?: number; message: string }[]): string[] => problems.map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)

describe('files that cannot be a stack', () => {
  test.each(BAD_FILES.map(({ text, says }) => [text, says]))('%j: %s', (text, says) => {
    const problems = readStack(text, 'bad', { home: undefined, folder: undefined }).problems.filter(({ severity }) => severity === 'error')
    expect(said(problems).filter((problem) => problem.startsWith(says)), said(problems).join('\n')).not.toEqual([])
  })
  test.each(['a b', '-x', 'a/b'])('the name %j', (name) => expect(said(readStack('services: {a: {image: nginx}}', name).problems).join()).toContain('cannot be the name of a stack'))
})

describe('what Swarm does not heed', () => {
  test.each([
    ['build: .', '4:5 services.a.build has no effect in Swarm.'], ['container_name: xy', '4:5 services.a.container_name has no effect'], ['depends_on: [b]', '4:5 services.a.depends_on has no effect in Swarm. Swarm starts all at once'],
    ['network_mode: host', '4:5 services.a.network_mode has no effect'], ['privileged: true', '4:5 services.a.privileged'], ['devices: ["/dev/x"]', '4:5 services.a.devices'], ['ports: ["127.0.0.1:80:80"]', '4:13 services.a.ports[0].host_ip has no effect in Swarm. Swarm publishes ports on all addresses'],
    ['restart: always\n    deploy: {restart_policy: {condition: any}}', '4:14 services.a.restart has no effect beside'], ['tmpfs: /run', '4:5 services.a.tmpfs'], ['volumes: [{type: bind, source: /a, target: /a, bind: {create_host_path: true}}]', '4:59 services.a.volumes[0].bind.create_host_path'],
    ['healthcheck: {test: x, start_interval: 1s}', '4:28 services.a.healthcheck.start_interval needs a newer Docker on the managers (API 1.44; they have 1.41).'], ['oom_score_adj: 5', '4:20 services.a.oom_score_adj needs a newer Docker'],
  ])('%s', (keys, expected) => {
    const { problems, ignored } = readStack(`services:\n  a:\n    image: nginx\n    ${keys}\n  b: {image: nginx}\n`, 's', { api: '1.41' })
    expect(problems).toEqual([])
    expect(said(ignored).map((line) => line.replace(/^(\d+):\d+/, '$1')), said(ignored).join('\n')).toEqual([expect.stringContaining(expected.replace(/^(\d+):\d+/, '$1'))])
  })
  test('what no service uses, and what is external', () => {
    const text = 'services: {a: {image: nginx, secrets: [s]}}\nnetworks:\n  unused: {}\nsecrets:\n  s: {external: true, labels: {a: b}}\n'
    expect(said(readStack(text, 's').ignored)).toEqual([expect.stringMatching(/^5:\d+ secrets\.s\.labels has no effect: the secret is external/), expect.stringMatching(/^3:3 No service is on the network unused/)])
  })
  test('the files of the contract are stacks, and what they have beyond is said', () => {
    const readings = COMPOSE_FILES.map((text) => readStack(text, 's'))
    expect(readings.flatMap(({ problems }) => problems.filter(({ severity }) => severity === 'error'))).toEqual([])
    expect(readings.flatMap(({ ignored }) => ignored).length).toBeGreaterThan(15)
  })
})

/** The leaves of the table that come into a spec. */
function takenLeaves(rule: Rule, path: string): string[] {
  if (rule.is === 'group') return Object.entries(rule.keys).flatMap(([key, below]) => takenLeaves(below, `${path}.${key}`))
  return rule.is === 'taken' && rule.since === undefined ? [path] : []
}

/** The keys of a model that the table has, as it has them. */
function keysOf(value: unknown, rule: Rule, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysOf(item, rule, path))
  if (rule.is !== 'group' || !isMap(value)) return [path]
  return Object.entries(value).flatMap(([key, item]) => {
    const step = rule.keys[key] === undefined ? '*' : key
    const below = rule.keys[step]
    return below === undefined ? [] : keysOf(item, below, `${path}.${step}`)
  })
}

describe('the contract\'s files', () => {
  // Not of a model: resolved while reading. A driver for secrets, and a driver of the network's own, are plugins that the lab does not have.
  const NOT_THERE = ['.services.*.env_file', '.services.*.label_file', '.services.*.extends', '.version', '.secrets.*.driver', '.secrets.*.driver_opts', '.services.*.networks.*.driver_opts']
  test('have every key that a stack takes', () => {
    const there = new Set(COMPOSE_FILES.flatMap((text) => keysOf(readCompose(text, { files: { './one.env': '' } }).model, FILE_RULES, '')))
    expect(takenLeaves(FILE_RULES, '').filter((leaf) => !there.has(leaf) && !NOT_THERE.includes(leaf))).toEqual([])
    expect(Object.keys(COMPOSE_SCHEMA.properties ?? {}).every((key) => FILE_RULES.is === 'group' && key in FILE_RULES.keys)).toBe(true)
  })
})

/** Every tenth field of a model, with the model without it. */
function withoutEach(model: ComposeModel, tenth: number): { path: (string | number)[]; without: ComposeModel }[] {
  const paths: (string | number)[][] = []
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) for (const [key, item] of Object.entries(value)) walk(item, [...path, Array.isArray(value) ? Number(key) : key])
    else paths.push(path)
  }
  walk(model, [])
  return paths.filter((_, i) => i % 10 === tenth).map((path) => {
    const copy = structuredClone(model)
    const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], copy)
    const last = path.at(-1) ?? ''
    if (Array.isArray(parent)) parent.splice(Number(last), 1)
    else delete (parent as Record<string, unknown>)[last]
    return { path, without: copy }
  })
}

describe('over every key of Compose', () => {
  test('it never throws, and nothing is dropped: a field changes the stack, or is spoken of', () => {
    fc.assert(fc.property(composeModels, fc.integer({ min: 0, max: 9 }), (model, tenth) => {
      const files = Object.fromEntries([...Object.values(model.secrets ?? {}), ...Object.values(model.configs ?? {})].map((file) => [file.file ?? '', 'content']))
      const read = (of: ComposeModel): { stack: string; spoken: string[] } => {
        const { stack, problems, ignored } = stackOf(of, 's', { files, variables: {} })
        return { stack: JSON.stringify([stack, stack.secrets.map(({ contents }) => contents?.text), stack.configs.map(({ contents }) => contents?.text)]), spoken: [...problems, ...ignored].map(({ field, message }) => `${field ?? ''} ${message}`) }
      }
      const whole = read(model)
      for (const { path, without } of withoutEach(model, tenth)) {
        if (path.some((step) => String(step).startsWith('x-')) || isDefault(path, model)) continue
        const changed = read(without)
        // Where taking it away makes the file wrong, it mattered, too.
        if (changed.stack !== whole.stack || JSON.stringify(changed.spoken) !== JSON.stringify(whole.spoken)) continue
        const around = path.map((_, i) => pathText(path.slice(0, i + 1)))
        expect(whole.spoken.some((line) => around.some((field) => line.startsWith(`${field} `))), `${pathText(path)} = ${JSON.stringify(model)}`).toBe(true)
      }
    }), { numRuns: 30, endOnFailure: true })
  })

  /** A field that says what is so without it, or that nothing uses (the volumes that no service mounts). */
  function isDefault(path: readonly (string | number)[], model: ComposeModel): boolean {
    const value = path.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], model)
    const [top, name, last] = [path[0], path[1], path.at(-1)]
    if (value === false || value === '' || (isMap(value) && Object.keys(value).length === 0)) return true
    if (top === 'volumes') return !Object.values(model.services).some((service) => service.volumes?.some(({ type, source }) => type === 'volume' && source === name)) || last === 'external'
    if ((top === 'secrets' || top === 'configs') && model[top]?.[String(name)]?.external === true) return !isUsed(top, String(name), model)
    if (last === 'mode' && value === 0o444) return true
    if (last === 'target' || last === 'source') return path.includes('secrets') || path.includes('configs')
    if (last === 'parallelism' && value === 1) return true
    if (last === 'mode' && (value === 'replicated' || value === 'ingress')) return true
    if (last === 'name' && value === name) return true
    // "driver" and its options of what is external are told of as one; capabilities that another one covers; a driver that is the usual one.
    return path.includes('cap_add') || path.includes('cap_drop') || (last === 'driver' && value === 'overlay')
  }
})

function isUsed(kind: 'secrets' | 'configs', name: string, { services }: ComposeModel): boolean {
  return Object.values(services).some((service) => service[kind]?.some(({ source }) => source === name) === true || (kind === 'configs' && service.credential_spec?.config === name))
}

describe('contents', () => {
  test('are seen by whoever asks for them, and by nobody else', () => {
    const { stack } = readStack('services: {a: {image: nginx, secrets: [s]}}\nsecrets: {s: {file: ./password.txt}}', 's')
    expect(stack.secrets[0]?.contents?.text).toBe('correct horse\n')
    for (const printed of [JSON.stringify(stack), inspect(stack, { depth: 10 }), String(stack.secrets[0]?.contents)]) expect(printed).not.toMatch(/horse|Y29ycmVj/)
  })
})
