import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { GpuPool } from './gpu-pool.ts'

let devices: string[]
let over: Set<string>
let declared: boolean
let pool: GpuPool
beforeEach(() => {
  devices = ['a', 'b', 'c']
  over = new Set()
  declared = false
  pool = new GpuPool({ devices: () => devices, declaredOnly: () => declared, isOver: (uid) => over.has(uid) })
})

test('each gets devices of its own, and the same ones again', () => {
  expect(pool.take('p', 'x', 1)).toEqual(['a'])
  expect(pool.take('q', 'x', 2)).toEqual(['b', 'c'])
  expect(pool.take('p', 'x', 1)).toEqual(['a'])
  expect(pool.take('r', 'x', 0)).toEqual([])
  expect(() => pool.take('r', 'x', 1)).toThrow('it needs 1 of this server\'s GPUs, and 0 of 3 are free')
  pool.release('p')
  expect(pool.take('r', 'x', 1)).toEqual(['a'])
})

test('what ran before this engine keeps what it has', () => {
  pool.adopt('p', 'x', ['b'])
  expect(pool.take('q', 'x', 2)).toEqual(['a', 'c'])
  expect(pool.take('p', 'x', 1)).toEqual(['b'])
})

test('a pod that has ended holds nothing back', () => {
  pool.take('p', 'x', 3)
  over.add('p')
  expect(pool.take('q', 'x', 1)).toEqual(['a'])
})

test('an init container hands its devices on to the pod\'s own', () => {
  expect(pool.take('p', 'first', 3, true)).toEqual(['a', 'b', 'c'])
  expect(pool.take('p', 'second', 1, true)).toEqual(['a'])
  expect([pool.take('p', 'x', 1), pool.take('p', 'y', 2)]).toEqual([['a'], ['b', 'c']])
  expect(pool.take('p', 'first', 3, true)).toEqual(['a', 'b', 'c'])
})

test('a server without GPUs says so', () => {
  devices = []
  expect(() => pool.take('p', 'x', 1)).toThrow('0 of 0 are free')
})

test('where a person declared them, no device is handed out; known ones count', () => {
  declared = true
  expect(() => pool.take('p', 'x', 4)).toThrow('3 of 3 are free')
  devices = []
  expect(pool.take('p', 'x', 4)).toEqual([])
})

test('whatever happens, a device is given only to the pod that has it, or that nobody has', () => fc.assert(fc.property(
  fc.array(fc.record({ pod: fc.constantFrom('p', 'q', 'r'), container: fc.constantFrom('x', 'y'), count: fc.integer({ min: 1, max: 3 }), release: fc.boolean() }), { maxLength: 30 }),
  (steps) => {
    const own = new GpuPool({ devices: () => ['a', 'b', 'c', 'd'], declaredOnly: () => false, isOver: () => false })
    const holder = new Map<string, string>()
    for (const { pod, container, count, release } of steps) {
      if (release) {
        own.release(pod)
        for (const [device, by] of holder) if (by.startsWith(`${pod}/`)) holder.delete(device)
        continue
      }
      const me = `${pod}/${container}`
      const mine = [...holder].filter(([, by]) => by === me).length
      const free = 4 - holder.size
      if (mine + free < count) {
        expect(() => own.take(pod, container, count)).toThrow(/are free/)
        continue
      }
      const given = own.take(pod, container, count)
      expect(new Set(given).size).toBe(count)
      for (const device of given) {
        expect([undefined, me]).toContain(holder.get(device))
        holder.set(device, me)
      }
    }
  },
)))
