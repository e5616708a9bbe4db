import { expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Pod, Secret } from '../../../common/kube/generated/core-v1.ts'
import { PullError } from '../container-runtime.ts'
import type { NodeImage, PullOptions } from '../container-runtime.ts'
import { resolveImage } from './image-resolver.ts'
import { noSupply } from './image-supply.ts'
import type { Supplied, SupplyRequest } from './image-supply.ts'
import type { NodeContext } from './node-context.ts'

const meta = (name: string): Pod['metadata'] => ({ name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '' })
const image = (id: string): NodeImage => ({ id, digests: [], tags: [], user: '', sizeBytes: 1 })
const secretOf = (name: string, password: string): Secret => ({ apiVersion: 'v1', kind: 'Secret', metadata: meta(name), data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: { 'reg.example': { username: 'u', password } } })).toString('base64') } })

const REF = 'reg.example/app:1'

interface World {
  /** What the node has, by reference or ID. */
  has?: Record<string, NodeImage>
  /** Undefined: the registry gives it. By password where it wants one. */
  pull?: (options: PullOptions) => PullError['kind'] | undefined
  supplied?: Supplied
  policy?: string
  secrets?: string[]
  /** Is there anything to remove from a full disk? */
  room?: boolean
}

async function resolve({ has = {}, pull = () => undefined, supplied, policy, secrets = [], room = false }: World): Promise<{ id: string; events: string[]; asked: SupplyRequest[]; noted: string[]; brought: string[]; madeRoom: number; pulls: number; error: string }> {
  const events: string[] = []
  const asked: SupplyRequest[] = []
  const noted: string[] = []
  const brought: string[] = []
  let madeRoom = 0
  let pulls = 0
  const node = {
    clock: new FakeClock(),
    recorder: { event: (_: unknown, _type: string, reason: string) => void events.push(reason) },
    sources: { secret: (_: string, name: string) => (name === 'gone' ? undefined : secretOf(name, name)) },
    runtime: { images: {
      inspect: (reference: string) => Promise.resolve(has[reference]),
      list: () => Promise.resolve(Object.values(has).filter(({ id }) => id !== 'copied')),
      pull: (_: string, options: PullOptions) => {
        pulls++
        const failed = pull(options)
        return failed === undefined ? Promise.resolve({ ...image('pulled'), tags: [REF] }) : Promise.reject(new PullError(failed, `the registry says ${failed}`))
      },
    } },
    supply: supplied === undefined ? noSupply : { supply: (request: SupplyRequest) => { asked.push(request); return Promise.resolve(supplied) } },
    imageNotes: {
      isPrivate: (id: string, uids: string[]) => { noted.push(`${id} ${uids.join()}`); return Promise.resolve() },
      brought: (id: string, names: string[], isNew: boolean) => { brought.push(`${isNew ? 'new ' : ''}${id} ${names.join()}`); return Promise.resolve() },
    },
    makeRoom: () => { madeRoom++; return Promise.resolve(room) },
  } as unknown as NodeContext
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: meta('p'), spec: { containers: [], imagePullSecrets: secrets.map((name) => ({ name })) } }
  const container = { name: 'c', image: 'reg.example/app:1', ...(policy === undefined ? {} : { imagePullPolicy: policy }) }
  try {
    const { id } = await resolveImage(node, pod, container, undefined, { say: () => undefined, signal: new AbortController().signal })
    return { id, events, asked, noted, brought, madeRoom, pulls, error: '' }
  } catch (error) {
    return { id: '', events, asked, noted, brought, madeRoom, pulls, error: `${(error as Error).name}: ${(error as Error).message}` }
  }
}

const copy: Supplied = { by: 'copy', imageId: 'copied', from: 'server b', sentBytes: 5, sparedBytes: 7, secrets: [] }

test('present: used as it is, unless the policy is to ask always', async () => {
  expect(await resolve({ has: { [REF]: image('mine') } })).toMatchObject({ id: 'mine', pulls: 0, events: ['Pulled'] })
  expect(await resolve({ has: { [REF]: image('mine') }, policy: 'Always' })).toMatchObject({ id: 'pulled', pulls: 1, events: ['Pulling', 'Pulled'] })
  expect(await resolve({ policy: 'Never', supplied: copy })).toMatchObject({ pulls: 0, asked: [], error: expect.stringMatching(/^NeverPullError/) as string })
})

test.each<[PullError['kind'], boolean]>([['notFound', true], ['unauthorized', true], ['unreachable', true], ['diskFull', false], ['invalidName', false], ['other', false]])('the registry says %s: the cluster is asked: %s', async (kind, elsewhere) => {
  const { id, asked, error } = await resolve({ has: { copied: image('copied') }, pull: () => kind, supplied: copy })
  expect(asked.map(({ refused, own }) => [refused, own])).toEqual(elsewhere ? [[kind === 'unauthorized', undefined]] : [])
  expect(elsewhere ? id : error).toMatch(elsewhere ? /^copied$/ : /^PullError: the registry says/)
})

test('what the node has is offered under Always only, and used when there is nothing better', async () => {
  const mine = image('mine')
  const pull = (): PullError['kind'] => 'unreachable'
  expect((await resolve({ has: { [REF]: mine, copied: image('copied') }, policy: 'Always', pull, supplied: copy })).asked[0]?.own).toBe(mine)
  expect(await resolve({ has: { [REF]: mine }, policy: 'Always', pull })).toMatchObject({ id: 'mine', events: ['Pulling', 'RegistryUnreachable'] })
})

test('a copy is told, and what was private stays known as such', async () => {
  const got = await resolve({ has: { copied: image('copied') }, pull: () => 'unreachable', supplied: { ...copy, secrets: ['u1'] } })
  expect(got).toMatchObject({ id: 'copied', events: ['Pulling', 'Copied'], noted: ['copied u1'] })
})

test.each<[Supplied, RegExp]>([
  [{ by: 'nobody' }, /says notFound No other server of the cluster has it/], [{ by: 'withheld' }, /with credentials that this pod does not have/],
  [{ by: 'foreign', architecture: 'arm64', wanted: 'amd64' }, /is for arm64, and this server is amd64: build it for that \(docker build --platform linux\/amd64\)/],
])('nobody helps, and that is told after what the registry said: %o', async (supplied, words) => {
  expect((await resolve({ pull: () => 'notFound', supplied })).error).toMatch(words)
})

test('each secret is tried until one opens; which one is remembered, and given along when the cluster is asked', async () => {
  const opens = (password: string) => ({ auth }: PullOptions): PullError['kind'] | undefined => (auth?.password === password ? undefined : 'unauthorized')
  expect(await resolve({ secrets: ['a', 'b', 'c'], pull: opens('b') })).toMatchObject({ id: 'pulled', pulls: 2, noted: ['pulled uid-b'] })
  const refused = await resolve({ secrets: ['a', 'b', 'gone'], pull: opens('none'), supplied: { by: 'nobody' } })
  expect(refused).toMatchObject({ pulls: 2, noted: [], events: ['Pulling', 'FailedToRetrieveImagePullSecret'] })
  expect(refused.error).toMatch(/The registry reg\.example refuses the credentials in Secret "a", "b" for image "reg\.example\/app:1"/)
  expect(refused.asked[0]).toMatchObject({ refused: true, secrets: ['uid-a', 'uid-b'] })
  // What is not about credentials does not get better with others.
  expect(await resolve({ secrets: ['a', 'b'], pull: () => 'unreachable' })).toMatchObject({ pulls: 1 })
  expect((await resolve({ secrets: ['gone'], pull: opens('none') })).error).toMatch(/names the pull secret "gone", which does not exist/)
  expect((await resolve({ pull: opens('none') })).error).toMatch(/has no pull secret for reg\.example: make one/)
})

test('what came is noted as brought; what was there before is somebody else\'s, but for the name that it got now', async () => {
  expect((await resolve({})).brought).toEqual(['new pulled reg.example/app:1'])
  expect((await resolve({ has: { x: { ...image('pulled'), tags: ['other:1'] } } })).brought).toEqual(['pulled reg.example/app:1'])
  expect((await resolve({ has: { [REF]: { ...image('pulled'), tags: [REF] } }, policy: 'Always' })).brought).toEqual([])
  expect((await resolve({ has: { copied: { ...image('copied'), tags: [REF] } }, pull: () => 'unreachable', supplied: copy })).brought).toEqual(['new copied reg.example/app:1'])
})

test('a full disk: what nothing needs goes, and the pull is tried once more', async () => {
  let tries = 0
  expect(await resolve({ room: true, pull: () => (tries++ === 0 ? 'diskFull' : undefined) })).toMatchObject({ id: 'pulled', pulls: 2, madeRoom: 1 })
  expect(await resolve({ room: true, pull: () => 'diskFull' })).toMatchObject({ pulls: 2, madeRoom: 1, error: expect.stringMatching(/diskFull/) as string })
  expect(await resolve({ room: false, pull: () => 'diskFull' })).toMatchObject({ pulls: 1, madeRoom: 1, error: expect.stringMatching(/diskFull/) as string })
})
