import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileProxy } from './haproxy-config.ts'
import type { IngressBackendModel, IngressModel, IngressServer } from './ingress-model.ts'
import { serverCommands } from './proxy-servers.ts'
import { serverWeights } from './server-weights.ts'

const options = { redirect: 'never', cookie: undefined, backendTls: false, timeoutSeconds: 60 } as const
const server = (n: number, weight = 1): IngressServer => ({ ip: `10.244.0.${String(n)}`, port: 80, weight, ending: false })
const modelOf = (servers: IngressServer[]): IngressModel => ({ hosts: [], fallback: 'b', backends: [{ name: 'b', options, servers }], certificates: [] })


/** The proxy: by its servers' names, address, weight and state, after commands. It refuses what HAProxy refuses. */
function obey(servers: Map<string, string>, commands: readonly string[]): Map<string, string> {
  const next = new Map(servers)
  for (const command of commands.flatMap((line) => line.split(';')).filter((each) => each !== 'show cli level')) {
    const [, add, name = '', address = ''] = /^(add) server b\/(\S+) (\S+)$/.exec(command) ?? []
    if (add !== undefined) {
      if (!next.has(name)) next.set(name, `${address} 1 maint`)
      continue
    }
    const [, at = '', what, value = ''] = /^set server b\/(\S+) (weight|state) (\S+)$/.exec(command) ?? []
    const [its, weight = '', state = ''] = next.get(at)?.split(' ') ?? []
    if (its === undefined) throw new Error(`refused: ${command}`)
    next.set(at, what === 'weight' ? `${its} ${value} ${state}` : `${its} ${weight} ${value}`)
  }
  return next
}
const configured = (model: IngressModel): Map<string, string> => new Map([...(compileProxy(model, [80]).files.get('haproxy.cfg') ?? '').matchAll(/ {2}server (\S+) (\S+) weight (\d+)/g)].map(([, name = '', address = '', weight = '']) => [name, `${address} ${weight} ready`]))

test('for any changes of pods, commands make of the proxy what a new configuration would, and no server ever gets another address', () => {
  const servers = fc.uniqueArray(fc.record({ n: fc.integer({ min: 2, max: 20 }), weight: fc.integer({ min: 1, max: 3 }) }), { maxLength: 9, selector: ({ n }) => n })
  fc.assert(fc.property(fc.array(servers, { minLength: 2, maxLength: 6 }), (states) => {
    let before: IngressModel | undefined
    let proxy = new Map<string, string>()
    for (const state of states) {
      const model = modelOf(state.map(({ n, weight }) => server(n, weight)))
      proxy = before === undefined ? configured(model) : obey(proxy, serverCommands(before.backends, model.backends))
      expect(new Map([...proxy].filter(([, of]) => of.endsWith('ready')))).toEqual(configured(model))
      for (const [name, of] of proxy) expect(of.split(' ')[0]).toBe(name)
      if (before !== undefined) expect(compileProxy(model, [80]).shape).toBe(compileProxy(before, [80]).shape)
      before = model
    }
  }))
})

test('who comes is ready before who leaves is put out', () => {
  const commands = serverCommands(modelOf([server(2), server(3)]).backends, modelOf([server(3, 2), server(4)]).backends).join(';').split(';')
  expect(commands).toEqual([
    'add server b/10.244.0.4:80 10.244.0.4:80', 'set server b/10.244.0.4:80 weight 1', 'set server b/10.244.0.4:80 state ready', 'set server b/10.244.0.3:80 weight 2', 'set server b/10.244.0.2:80 state maint', 'show cli level',
  ])
})

test('a proxy that runs knows only its own backends, and servers of them are as its own are', () => {
  const secure = (cookie: string | undefined, backendTls: boolean, servers: IngressServer[]): IngressBackendModel[] => [{ name: 'b', options: { ...options, cookie, backendTls }, servers }]
  expect(serverCommands([], modelOf([server(2)]).backends)).toEqual([])
  expect(serverCommands(modelOf([server(2)]).backends, [])).toEqual([])
  expect(serverCommands(secure('pod', true, []), secure(undefined, false, [server(2)])).join()).toMatch(/^add server b\/10.244.0.2:80 10.244.0.2:80 ssl verify none sni var\(txn.host\);.*enable dynamic-cookie backend b;.*ready;show cli level$/)
})

test('a backend that is spoken to in another way is another shape', () => {
  const of = (backendTls: boolean): string => compileProxy({ ...modelOf([]), backends: [{ name: 'b', options: { ...options, backendTls }, servers: [] }] }, [80]).shape
  expect(of(true)).not.toBe(of(false))
})

test('many commands are several lines that the proxy can read', () => {
  const lines = serverCommands(modelOf([]).backends, modelOf(Array.from({ length: 256 }, (_, i) => server(i))).backends)
  expect(lines.length).toBeGreaterThan(1)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(8_000)
})

test('weights: requests are shared as asked, to within what 256 steps can say, and a share above 0 is never lost', () => {
  const groups = fc.array(fc.record({ share: fc.integer({ min: 0, max: 100 }), count: fc.integer({ min: 0, max: 20 }) }), { minLength: 1, maxLength: 3 })
  fc.assert(fc.property(groups, (of) => {
    const weights = serverWeights(of)
    of.forEach(({ share, count }, i) => expect((weights[i] ?? 0) > 0).toBe(share > 0 && count > 0))
    expect(Math.max(...weights)).toBeLessThanOrEqual(256)
  }))
  const [stable = 0, canary = 0] = serverWeights([{ share: 95, count: 9 }, { share: 5, count: 1 }])
  expect(canary / (9 * stable + canary)).toBeCloseTo(0.05, 2)
})
