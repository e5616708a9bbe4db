import type {
  AppSummary, Batch, Health, NewSwarmFile, NewSwarmNetwork, ObjectRef, Plan, PlannedChange, Rotation, StackDeploy, StackDetail, StackInput, StackPlan, StackProgress, Stacks, StackStep, StackSummary, StackTarget,
  StackText, SwarmFileRef, SwarmFileSummary, SwarmNetworkSummary,
} from '../../src-main/common/contract/index.ts'
import { StatusError } from '../../src-main/common/errors.ts'
import { readCompose } from '../../src-main/common/compose/read.ts'
import type { Channel, Stream } from '../../src-main/common/rpc/stream.ts'
import { fakeApps, fakeFiles, fakeNetworks } from './fake-stack-data.ts'
import { batches, Signal, values } from './fake-streams.ts'
import { ScriptedChannel } from './scripted-channel.ts'

/** Stacks in memory: what is deployed, rotated and removed takes its steps. `failAt`: the step (from 0) at which the next change stops. */
export class FakeStacks implements Stacks {
  apps: AppSummary[]
  files: SwarmFileSummary[]
  networks: SwarmNetworkSummary[]
  failAt: number | undefined
  /** What was asked for, newest last. */
  readonly asked: string[] = []
  readonly #signal = new Signal()
  readonly #through: <T>(open: () => Stream<T>) => Stream<T>
  readonly #stepMs: number

  constructor(through: <T>(open: () => Stream<T>) => Stream<T> = (open) => open(), filled = true, stepMs = 700) {
    this.#through = through
    this.#stepMs = stepMs
    this.apps = filled ? fakeApps(Date.now()) : []
    this.files = filled ? fakeFiles(Date.now()) : []
    this.networks = filled ? fakeNetworks(Date.now()) : []
  }

  watch(): Stream<Batch<StackSummary>> {
    return this.#through(() => batches(this.#signal, () => [...new Set(this.apps.map(({ ref }) => stackOf(ref)))].map((name) => this.#summary(name))))
  }

  watchStack(name: string): Stream<StackDetail> {
    return this.#through(() => values(this.#signal, () => {
      const apps = this.apps.filter(({ ref }) => stackOf(ref) === name)
      if (apps.length === 0) throw new StatusError('NotFound', `There is no stack ${name} (any more).`)
      const isOf = ({ stack, users }: { stack: string; users: ObjectRef[] }): boolean => stack === name || users.some((user) => apps.some(({ ref }) => ref.name === user.name))
      return { ...this.#summary(name), apps, fileList: this.files.filter(isOf), networkList: this.networks.filter(isOf), volumes: name === 'shop' ? [{ name: 'shop_orders', nodes: ['kitchen-1'] }] : [] }
    }))
  }

  watchFiles(): Stream<Batch<SwarmFileSummary>> {
    return this.#through(() => batches(this.#signal, () => this.files))
  }

  watchNetworks(): Stream<Batch<SwarmNetworkSummary>> {
    return this.#through(() => batches(this.#signal, () => this.networks))
  }

  async readBack(of: StackTarget): Promise<StackText> {
    await pause(60)
    const stack = 'stack' in of ? of.stack : stackOf(this.apps.find(({ ref }) => ref.name === of.service)?.ref ?? { apiVersion: '', kind: '', namespace: '', name: '' })
    const apps = this.apps.filter(({ ref }) => stackOf(ref) === stack && (stack !== '' || 'stack' in of || ref.name === of.service))
    if (apps.length === 0) throw new StatusError('NotFound', `There is no stack ${stack} (any more).`)
    const services = apps.map(({ ref, images, replicas }) => `  ${ref.name.replace(`${stack}_`, '')}:\n    image: ${images[0] ?? ''}\n    deploy:\n      replicas: ${String(replicas.desired)}\n`).join('')
    if (stack === '') return { stack, text: `x-toque-no-stack: true\nservices:\n${services}`, lost: [], notes: [] }
    return {
      stack, text: `name: ${stack}\nservices:\n${services}secrets:\n  db-password:\n    external: true\n`, lost: [],
      notes: ['What the secrets hold (db-password) cannot be read: the file uses them as they are. To change one, rotate it, or give it a file in place of external.'],
    }
  }

  async plan({ text, files = {}, rotate = false }: StackDeploy): Promise<StackPlan> {
    await pause(90)
    const { model, problems } = readCompose(text, { files })
    const named = [...text.matchAll(/file: (\S+)/g)].map(([, path = '']) => ({ path, use: 'secret' as const, given: path in files }))
    if (model === undefined) return { changes: [], problems, files: named, changed: [], missing: [] }
    const stack = model.name ?? ''
    const changes = Object.entries(model.services).map(([key, service]): PlannedChange => {
      const name = stack === '' ? key : `${stack}_${key}`
      const live = this.apps.find(({ ref }) => ref.name === name)
      const words = (image: string, replicas: number): string => `services:\n  ${key}:\n    image: ${image}\n    deploy:\n      replicas: ${String(replicas)}\n`
      const [before, after] = [live === undefined ? '' : words(live.images[0] ?? '', live.replicas.desired), words(service.image ?? '', service.deploy?.replicas ?? 1)]
      return { ref: refOf(name, stack), action: live === undefined ? 'create' : before === after ? 'unchanged' : 'update', before, after }
    })
    const missing = this.apps.map(({ ref }) => ref).filter((ref) => stackOf(ref) === stack && !changes.some((change) => change.ref.name === ref.name)).map(({ name }) => name)
    const lacks = named.filter(({ given }) => !given).map(({ path }) => ({ severity: 'error' as const, message: `The file "${path}" was not given: its content is needed too.` }))
    const ignored = Object.entries(model.services).filter(([, service]) => service.container_name !== undefined).map(([key]) => ({ severity: 'warning' as const, message: `services.${key}.container_name has no effect in Swarm. A service may have several containers, so Swarm names them: others use the service's name.` }))
    const changed = Object.keys(model.configs ?? {}).map((name) => ({ kind: 'config' as const, name: `${stack}_${name}` })).filter(({ name }) => this.files.some((file) => file.name === name))
    const frozen = rotate ? [] : changed.map(({ name }) => ({ severity: 'error' as const, message: `The content of the config ${name} is another one now, and Swarm's configs cannot change: let it be rotated (a new version, to which the services are updated), or give it a new name.` }))
    return { changes, problems: [...problems, ...lacks, ...ignored, ...frozen], stack, files: named, changed, missing }
  }

  deploy(deploy: StackDeploy): Channel<StackInput, StackProgress> {
    this.asked.push('deploy')
    return this.#channel(async () => (await this.plan(deploy)).changes.filter(({ action }) => action !== 'unchanged').map(({ ref, action }) => ({ do: action === 'create' ? 'create' : 'update', kind: 'service', name: ref.name })), () => undefined)
  }

  async removalPlan(stack: string): Promise<Plan> {
    await pause(80)
    const refs = [...this.apps.filter(({ ref }) => stackOf(ref) === stack).map(({ ref }) => ref), ...this.files.filter((file) => file.stack === stack).map(({ kind, name }) => ({ ...refOf(name, stack), kind: kind === 'secret' ? 'Secret' : 'Config' }))]
    return { changes: refs.map((ref) => ({ ref, action: 'delete', before: '', after: '' })), problems: [] }
  }

  remove(stack: string): Channel<StackInput, StackProgress> {
    this.asked.push(`remove ${stack}`)
    return this.#channel(() => Promise.resolve(this.apps.filter(({ ref }) => stackOf(ref) === stack).map(({ ref }) => ({ do: 'remove', kind: 'service', name: ref.name }))), () => {
      this.apps = this.apps.filter(({ ref }) => stackOf(ref) !== stack)
    })
  }

  async rotationPlan({ kind, name }: Rotation): Promise<Plan> {
    await pause(80)
    const file = this.#file({ kind, name })
    const version = { ...refOf(`${name}_3f9a1c77b2`, file.stack), kind: kind === 'secret' ? 'Secret' : 'Config' }
    const text = (target: string): string => `services:\n  api:\n    secrets:\n      - source: ${target}\n        target: db-password\n`
    return {
      changes: [
        { ref: version, action: 'create', before: '', after: `name: ${version.name}\n` }, ...file.users.map((ref): PlannedChange => ({ ref, action: 'update', before: text(file.versions[0]?.name ?? ''), after: text(version.name) })),
        ...file.versions.map((old): PlannedChange => ({ ref: { ...version, name: old.name }, action: 'delete', before: '', after: '' })),
      ],
      problems: [],
    }
  }

  rotate({ kind, name }: Rotation): Channel<StackInput, StackProgress> {
    this.asked.push(`rotate ${name}`)
    const file = this.#file({ kind, name })
    const steps: StackStep[] = [{ do: 'create', kind, name: `${name}_3f9a1c77b2` }, ...file.users.map((user): StackStep => ({ do: 'update', kind: 'service', name: user.name })), { do: 'wait', kind: 'service', name: file.users.map((user) => user.name).join(', ') }, { do: 'remove', kind, name }]
    return this.#channel(() => Promise.resolve(steps), () => {
      this.files = this.files.map((one) => (one === file ? { ...file, versions: [{ name: `${name}_3f9a1c77b2`, createdAt: Date.now(), users: file.users }] } : one))
    })
  }

  async createFile({ kind, name, labels = {} }: NewSwarmFile): Promise<void> {
    await pause(60)
    if (this.files.some((file) => file.kind === kind && file.name === name)) throw new StatusError('Conflict', `Docker says: ${kind} ${name} exists already.`)
    this.files = [...this.files, { id: `${kind} ${name}`, kind, name, stack: '', users: [], versions: [{ name, createdAt: Date.now(), users: [] }], labels }]
    this.#signal.fire()
  }

  async removeFile(ref: SwarmFileRef): Promise<void> {
    await pause(60)
    const file = this.#file(ref)
    this.files = this.files.filter((one) => one !== file)
    this.#signal.fire()
  }

  async createNetwork({ name, ...properties }: NewSwarmNetwork): Promise<void> {
    await pause(60)
    this.networks = [...this.networks, { id: name, name, stack: '', driver: 'overlay', ingress: false, subnets: ['10.0.9.0/24'], users: [], createdAt: Date.now(), ...properties }]
    this.#signal.fire()
  }

  async removeNetwork(name: string): Promise<void> {
    await pause(60)
    this.networks = this.networks.filter((network) => network.name !== name)
    this.#signal.fire()
  }

  #channel(plan: () => Promise<StackStep[]>, end: () => void): Channel<StackInput, StackProgress> {
    let stopped = false
    const channel = new ScriptedChannel<StackInput, StackProgress>(async ({ say, hear }) => {
      void hear().then(() => (stopped = true))
      const steps = await plan()
      say({ type: 'steps', steps })
      for (let done = 0; done < steps.length; done++) {
        await pause(this.#stepMs)
        if (stopped) return say({ type: 'stopped', done, asked: true, message: 'It was stopped before it could go on. Do it again, and it goes on from there.' })
        if (done === this.failAt) return say({ type: 'stopped', done, asked: false, message: 'It stopped: Docker could not create the service shop_web: port 8080 is already in use by service "blog_web". Set right what it says, and do it again: what is done already stays.' })
        say({ type: 'did', done: done + 1 })
      }
      end()
      this.#signal.fire()
      say({ type: 'done', warnings: [] })
    })
    return channel
  }

  #file(ref: SwarmFileRef): SwarmFileSummary {
    const file = this.files.find(({ kind, name }) => kind === ref.kind && name === ref.name)
    if (file === undefined) throw new StatusError('NotFound', `There is no ${ref.kind} ${ref.name} (any more).`)
    return file
  }

  #summary(name: string): StackSummary {
    const apps = this.apps.filter(({ ref }) => stackOf(ref) === name)
    const worst = (['failed', 'degraded', 'progressing', 'healthy', 'stopped'] satisfies Health[]).flatMap((health) => apps.filter((app) => app.health === health))[0]
    const count = (kind: 'secret' | 'config'): number => this.files.filter((file) => file.kind === kind && file.stack === name).length
    const sum = (of: 'ready' | 'desired'): number => apps.reduce((all, { replicas }) => all + replicas[of], 0)
    return {
      id: name, name, health: worst?.health ?? 'stopped', ...(worst?.why === undefined ? {} : { why: worst.why }), services: apps.length, tasks: { ready: sum('ready'), desired: sum('desired') },
      networks: this.networks.filter(({ stack }) => stack === name && name !== '').length, secrets: name === '' ? 0 : count('secret'), configs: name === '' ? 0 : count('config'), createdAt: Math.min(...apps.map(({ createdAt }) => createdAt)),
    }
  }
}

function stackOf({ namespace }: ObjectRef): string {
  return namespace === 'default' ? '' : namespace
}

function refOf(name: string, stack: string): ObjectRef {
  return { apiVersion: 'swarm', kind: 'Service', namespace: stack === '' ? 'default' : stack, name }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
