import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileProxy } from './haproxy-config.ts'
import type { IngressModel, IngressServer } from './ingress-model.ts'
import { assignSlots, slotCommands } from './server-slots.ts'
import { serverWeights } from './server-weights.ts'

const options = { redirect: 'never', cookie: undefined, backendTls: false, timeoutSeconds: 60 } as const
const server = (n: number, weight = 1): IngressServer => ({ ip: `10.244.0.${String(n)}`, port: 80, weight, ending: false })
const modelOf = (servers: IngressServer[]): IngressModel => ({ hosts: [], fallback: 'b', backends: [{ name: 'b', options, servers }], certificates: [] })

/** The proxy: places after commands. */
function obey(places: string[], commands: readonly string[]): string[] {
  const next = [...places]
  for (const command of commands.flatMap((line) => line.split(';'))) {
    const [, slot = '', what, value = '', , port] = /^set server b\/s(\d+) (\w+) ?(\S*) ?(port)? ?(\d*)$/.exec(command) ?? []
    const i = Number(slot) - 1
    const [address = '', weight = '', state = ''] = (next[i] ?? '').split(' ')
    if (what === 'addr') next[i] = `${value}:${port ?? ''} ${weight} ${state}`
    else if (what === 'weight') next[i] = `${address} ${value} ${state}`
    else if (what === 'state') next[i] = `${address} ${weight} ${value}`
    else throw new Error(`no command: ${command}`)
  }
  return next
}
/** Those that get requests, by the configuration's lines. */
const placesOf = (model: IngressModel, slots: ReturnType<typeof assignSlots>): string[] => [...(compileProxy(model, slots, [80]).files.get('haproxy.cfg') ?? '').matchAll(/ {2}server s\d+ (\S+) weight (\d+)( disabled)?/g)].map(([, address, weight, off]) => `${address ?? ''} ${weight ?? ''} ${off === undefined ? 'ready' : 'maint'}`)
const serving = (places: readonly string[]): string[] => places.filter((place) => place.endsWith('ready')).sort()

test('for any changes of pods, commands make of the proxy what a new configuration would; where they would not, the shape says so', () => {
  const servers = fc.uniqueArray(fc.record({ n: fc.integer({ min: 2, max: 20 }), weight: fc.integer({ min: 1, max: 3 }) }), { maxLength: 9, selector: ({ n }) => n })
  fc.assert(fc.property(fc.array(servers, { minLength: 2, maxLength: 6 }), (states) => {
    let slots: ReturnType<typeof assignSlots> = new Map()
    let shape = ''
    let places: string[] = []
    for (const state of states) {
      const model = modelOf(state.map(({ n, weight }) => server(n, weight)))
      const next = assignSlots(slots, model.backends)
      const compiled = compileProxy(model, next, [80])
      places = compiled.shape === shape ? obey(places, slotCommands(slots, next)) : placesOf(model, next)
      expect(serving(places)).toEqual(state.map(({ n, weight }) => `10.244.0.${String(n)}:80 ${String(weight)} ready`).sort())
      slots = next
      shape = compiled.shape
    }
  }))
})

test('who stays keeps its place, and a rolling update needs no new configuration', () => {
  const first = assignSlots(new Map(), modelOf([server(2), server(3), server(4)]).backends)
  const rolled = assignSlots(first, modelOf([server(3), server(4), server(5)]).backends)
  expect(rolled.get('b')?.map((s) => s?.ip)).toEqual(['10.244.0.5', '10.244.0.3', '10.244.0.4', undefined])
  expect(compileProxy(modelOf([server(2), server(3), server(4)]), first, [80]).shape).toBe(compileProxy(modelOf([server(3), server(4), server(5)]), rolled, [80]).shape)
  expect(slotCommands(rolled, rolled)).toEqual([])
})

test('many commands are several lines that the proxy can read', () => {
  const lines = slotCommands(new Map([['b', Array.from({ length: 256 }, () => undefined)]]), new Map([['b', Array.from({ length: 256 }, (_, i) => server(i))]]))
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
