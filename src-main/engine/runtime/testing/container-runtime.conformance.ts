import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AlreadyThereError } from '../container-runtime.ts'
import type { ContainerRuntime, ContainerSpec, RuntimeEvent } from '../container-runtime.ts'
import { SANDBOX_RESOURCES } from '../pod/resources.ts'
import { SANDBOX_SECURITY } from '../pod/security.ts'

/** One runtime under test. */
export interface Conformer {
  runtime: ContainerRuntime
  /** A container that runs until it is stopped, and ends soon after its signal. */
  steady: Pick<ContainerSpec, 'image' | 'command'>
  /** One that ends by itself after about 200 ms, with 3. */
  ends: Pick<ContainerSpec, 'image' | 'command'>
  sandbox: Pick<ContainerSpec, 'image' | 'network'>
  labels: Record<string, string>
  /** Lets time pass until `done`, or fails. */
  until(done: () => boolean | Promise<boolean>): Promise<void>
  /** Lets this much time pass. */
  pass(ms: number): Promise<void>
}

/** What every container runtime must do: run on Docker and on the simulated one. */
export function containerRuntimeConformance(name: string, make: () => Promise<Conformer>): void {
  describe(`container runtime: ${name}`, () => {
    let c: Conformer
    let events: RuntimeEvent[]
    let abort: AbortController
    let following: Promise<void>
    const ids: string[] = []

    beforeEach(async () => {
      c = await make()
      events = []
      abort = new AbortController()
      let connected = false
      following = c.runtime.follow({ onConnected: () => (connected = true), onEvent: (e) => void events.push(e), onDisconnected: () => undefined }, abort.signal)
      await c.until(() => connected)
    })
    afterEach(async () => {
      await Promise.all(ids.splice(0).map((id) => c.runtime.remove(id)))
      abort.abort()
      await following
    })

    async function create(spec: Partial<ContainerSpec>): Promise<string> {
      const whole: ContainerSpec = {
        name: 'conformance', ...c.steady, labels: c.labels, env: [], stdin: false, stdinOnce: false, tty: false, restart: 'no',
        mounts: [], resources: SANDBOX_RESOURCES, security: SANDBOX_SECURITY, ...spec,
      }
      const id = await c.runtime.create(whole)
      ids.push(id)
      return id
    }
    const sandbox = async (): Promise<string> => create({ name: 'conformance-sandbox', command: [], ...c.sandbox })
    const types = (id: string): string[] => events.filter((e) => e.id === id && e.type !== 'oom' && e.type !== 'kill').map((e) => e.type)

    test('a name is taken once', async () => {
      await sandbox()
      await expect(create({ name: 'conformance-sandbox', command: [], ...c.sandbox })).rejects.toBeInstanceOf(AlreadyThereError)
    })

    test('a container is created, started once however often it is asked, and seen by both', async () => {
      const box = await sandbox()
      expect((await c.runtime.inspect(box))?.state).toBe('created')
      await c.runtime.start(box)
      await c.runtime.start(box)
      await c.until(() => types(box).length > 0)
      const seen = await c.runtime.inspect(box)
      expect(seen).toMatchObject({ state: 'running', labels: c.labels, runtimeRestarts: 0 })
      expect(seen?.startedAt).toBeGreaterThan(0)
      expect(types(box)).toEqual(['start'])
      expect((await c.runtime.list()).map((l) => [l.id, l.state])).toEqual([[box, 'running']])
    })

    test('it joins its sandbox by name, and cannot start without it', async () => {
      const box = await sandbox()
      const app = await create({ sandbox: 'conformance-sandbox' })
      expect((await c.runtime.inspect(app))?.joins).toBe(box)
      await expect(c.runtime.start(app)).rejects.toThrow(/non running/)
      await c.runtime.start(box)
      await c.runtime.start(app)
      expect((await c.runtime.inspect(app))?.state).toBe('running')
    })

    test('stopped is stopped, whatever its restart policy', async () => {
      const box = await sandbox()
      await c.runtime.start(box)
      const app = await create({ sandbox: 'conformance-sandbox', restart: 'unless-stopped' })
      await c.runtime.start(app)
      await c.runtime.stop(app, 1)
      await c.until(() => types(app).includes('die'))
      await c.pass(500)
      expect((await c.runtime.inspect(app))?.state).toBe('exited')
      expect(types(app)).toEqual(['start', 'die'])
      await c.runtime.stop(app, 1)
    })

    test('what ends by itself comes back by itself under `on-failure`, and says that it will', async () => {
      const box = await sandbox()
      await c.runtime.start(box)
      const app = await create({ ...c.ends, sandbox: 'conformance-sandbox', restart: 'on-failure' })
      await c.runtime.start(app)
      await c.until(() => types(app).includes('die'))
      expect(['restarting', 'running']).toContain((await c.runtime.inspect(app))?.state)
      await c.until(() => types(app).length >= 3)
      expect(types(app).slice(0, 3)).toEqual(['start', 'die', 'start'])
      expect((await c.runtime.inspect(app))?.runtimeRestarts).toBeGreaterThan(0)
    })

    test('what ends by itself stays ended under `no`, with its exit code', async () => {
      const box = await sandbox()
      await c.runtime.start(box)
      const app = await create({ ...c.ends, sandbox: 'conformance-sandbox' })
      await c.runtime.start(app)
      await c.until(() => types(app).includes('die'))
      expect(events.find((e) => e.id === app && e.type === 'die')?.exitCode).toBe(3)
      const seen = await c.runtime.inspect(app)
      expect(seen).toMatchObject({ state: 'exited', exitCode: 3 })
      expect(seen?.finishedAt).toBeGreaterThan(seen?.startedAt ?? Infinity)
    })

    test('what is removed is gone, also twice, and its death is announced', async () => {
      const box = await sandbox()
      await c.runtime.start(box)
      await c.runtime.remove(box)
      await c.until(() => types(box).includes('destroy'))
      expect(events.filter((e) => e.id === box).map((e) => [e.type, e.killed])).toEqual([['start', undefined], ['kill', undefined], ['die', true], ['destroy', undefined]])
      expect(await c.runtime.inspect(box)).toBeUndefined()
      await c.runtime.remove(box)
      expect(await c.runtime.list()).toEqual([])
    })
  })
}
