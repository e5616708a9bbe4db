import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Container, Pod, Volume } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { LocalStorage } from './local-storage.ts'
import { countedVolumes, overLimit } from './storage-limits.ts'

const MI = 2 ** 20

function podOf(volumes: Volume[], limits: Record<string, string> = {}, more: Partial<Pod> = {}): Frozen<Pod> {
  const containers: Container[] = Object.entries({ a: '', ...limits }).map(([name, limit]) => ({ name, image: 'i', ...(limit === '' ? {} : { resources: { limits: { 'ephemeral-storage': limit } } }) }))
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', uid: 'u', namespace: 'd' }, spec: { containers, volumes }, ...more } as unknown as Frozen<Pod>
}
const dir = (sizeLimit?: string, medium?: string): Volume => ({ name: 'v', emptyDir: { ...(sizeLimit === undefined ? {} : { sizeLimit }), ...(medium === undefined ? {} : { medium }) } })
const used = (v: number, containers: Record<string, number> = {}) => ({ volumes: new Map([['v', v]]), containers: new Map(Object.entries(containers)) })

describe('what is too much', () => {
  test.each<[string, Pod, ReturnType<typeof used>, string | undefined]>([
    ['a volume as large as it may be', podOf([dir('1Mi')]), used(MI), undefined],
    ['a larger one', podOf([dir('1Mi')]), used(MI + 1), 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". '],
    ['one without a limit', podOf([dir()]), used(MI), undefined],
    ['one whose limit is none', podOf([dir('0')]), used(MI), undefined],
    ['one in memory', podOf([dir('1Mi', 'Memory')]), used(2 * MI), undefined],
    ['a container as large as it may be', podOf([], { a: '1Mi' }), used(0, { a: MI }), undefined],
    ['one beside a container that has room', podOf([], { a: '1Mi', b: '9Mi' }), used(0, { a: MI + 1 }), 'Container a exceeded its local ephemeral storage limit "1Mi". '],
    ['a pod whose volume is as large as all its containers may be', podOf([dir()], { a: '1Mi', b: '2Mi' }), used(3 * MI, { b: 1 }), 'Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. '],
  ])('%s', (_, pod, usage, expected) => {
    expect(overLimit(pod, usage)).toBe(expected)
  })

  test('only what counts is measured', () => {
    expect(countedVolumes(podOf([dir()]))).toEqual([])
    expect(countedVolumes(podOf([dir(), { name: 'c', configMap: { name: 'c' } }], { a: '1Mi' }))).toEqual(['v'])
    expect(countedVolumes(podOf([dir('1Mi', 'Memory')]))).toEqual([])
  })
})

describe('looking', () => {
  function stage(pods: Frozen<Pod>[]) {
    const clock = new FakeClock()
    const asked: string[] = []
    const evicted: string[] = []
    const sizes = new Map<string, number>()
    const storage = new LocalStorage({
      clock, pods: () => pods, evict: (uid, message) => evicted.push(`${uid}: ${message}`), onError: (error) => { throw error },
      volumeSizes: (names) => { asked.push(...names); return Promise.resolve(sizes) },
      containerSizes: (uid) => { asked.push(uid); return Promise.resolve(new Map()) },
    })
    const round = async (ms = 10_000): Promise<void> => {
      await clock.advance(ms)
      storage.look()
      for (let i = 0; i < 10; i++) await Promise.resolve()
    }
    return { asked, evicted, sizes, round, storage }
  }

  test('nobody is asked where no pod has a limit, nor of pods that are over or end', async () => {
    const over = podOf([dir('1Mi')], {}, { status: { phase: 'Failed' } })
    const ending = podOf([dir('1Mi')])
    const { asked, round } = stage([podOf([dir()]), over, { ...ending, metadata: { ...ending.metadata, deletionTimestamp: 'now' } }])
    await round()
    expect(asked).toEqual([])
  })

  test('a pod goes once its volume is known to be too large; it is asked about every ten seconds at most', async () => {
    const { asked, evicted, sizes, round, storage } = stage([podOf([dir('1Mi')])])
    await round()
    await round(2000)
    expect([asked, evicted]).toEqual([['toque_u_v'], []])
    sizes.set('toque_u_v', 2 * MI)
    await round(8000)
    expect(evicted).toEqual(['u: Usage of EmptyDir volume "v" exceeds the limit "1Mi". '])
    await storage.stop()
    await round()
    expect(asked).toHaveLength(2)
  })

  test('the containers of a pod are measured where they have a limit', async () => {
    const { asked, round } = stage([podOf([dir()], { a: '1Mi' })])
    await round()
    expect(asked).toEqual(['toque_u_v', 'u'])
  })
})
