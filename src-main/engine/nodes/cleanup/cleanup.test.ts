import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BROUGHT_IMAGES_ANNOTATION } from '../../../common/kube/image-notes.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { NodeImage } from '../../runtime/container-runtime.ts'
import { chooseImages } from './choose-images.ts'
import { ImageCleaner } from './image-cleaner.ts'

const image = (id: string, tags: string[] = [`${id}:1`], digests: string[] = []): NodeImage => ({ id, tags, digests, user: '', sizeBytes: 1 })
const pod = (on: string, asks: string, more: { imageID?: string; phase?: string } = {}): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', uid: 'p', resourceVersion: '1', creationTimestamp: '' }, spec: { nodeName: on, containers: [{ name: 'c', image: asks }] },
  status: { phase: more.phase ?? 'Running', ...(more.imageID === undefined ? {} : { containerStatuses: [{ name: 'c', image: asks, imageID: more.imageID, ready: true, restartCount: 0 }] }) },
})
const chosen = (images: NodeImage[], brought: [string, string[]][], pods: Pod[]): string[] => chooseImages({ node: 'a', images, brought: new Map(brought), pods }).map(({ id }) => id)
const BROUGHT: [string, string[]][] = [['old', ['old:1']], ['new', ['new:1']]]

describe('which images may go', () => {
  test.each<[string, NodeImage[], [string, string[]][], Pod[], string[]]>([
    ['the one that came first goes first', [image('new'), image('old')], BROUGHT, [], ['old', 'new']],
    ['what a pod here asks for stays', [image('new'), image('old')], BROUGHT, [pod('a', 'docker.io/library/old:1')], ['new']],
    ['also when it is not started yet', [image('old')], BROUGHT, [pod('a', 'old:1', { phase: 'Pending' })], []],
    ['what a pod elsewhere asks for goes last', [image('new'), image('old')], BROUGHT, [pod('b', 'old:1')], ['new', 'old']],
    ['what a pod that has ended asked for goes', [image('old')], BROUGHT, [pod('a', 'old:1', { phase: 'Succeeded' })], ['old']],
    ['what containers were made of stays, whatever its name is now', [image('old', [], ['old@sha256:1'])], BROUGHT, [pod('a', 'old:1', { imageID: 'old@sha256:1' })], []],
    ['a name without a tag is the latest', [image('x', ['app:latest'])], [['x', ['app:latest']]], [pod('a', 'app')], []],
    ['what a person brought stays', [image('theirs')], BROUGHT, [], []],
    ['what a person gave another name stays', [image('old', ['old:1', 'mine:1'])], BROUGHT, [], []],
    ['what lost its name to a newer one goes', [image('old', [])], BROUGHT, [], ['old']],
    ['older helpers go, as what was brought does', [image('h', ['toque/node-helper:2'])], [], [], ['h']],
    ['what only has a name like it stays', [image('h', ['toque/node-helper:2', 'me:1']), image('i', [])], [], [], []],
  ])('%s', (_, images, brought, pods, expected) => expect(chosen(images, brought, pods)).toEqual(expected))

  test('never what was not brought, never what is needed here', () => {
    const id = fc.integer({ min: 0, max: 5 }).map((i) => `i${String(i)}`)
    fc.assert(fc.property(fc.uniqueArray(id), fc.uniqueArray(id), fc.array(fc.tuple(fc.constantFrom('a', 'b'), id)), (there, brought, asks) => {
      const got = chosen(there.map((i) => image(i)), brought.map((i) => [i, [`${i}:1`]]), asks.map(([on, i]) => pod(on, `${i}:1`)))
      expect(got.every((i) => brought.includes(i) && there.includes(i) && !asks.some(([on, asked]) => on === 'a' && asked === i))).toBe(true)
      const missed = got.map((i) => asks.some(([, asked]) => asked === i))
      expect(missed).toEqual([...missed].sort((a, b) => Number(a) - Number(b)))
      expect(got.length).toBe(brought.filter((i) => there.includes(i) && !asks.some(([on, asked]) => on === 'a' && asked === i)).length)
    }))
  })
})

describe('the cleaner', () => {
  function cleaner(refused: string[] = []): { removed: string[]; events: string[]; cleaner: ImageCleaner } {
    const removed: string[] = []
    const events: string[] = []
    const there = ['old', 'new'].map((i) => image(i))
    const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', uid: 'a', resourceVersion: '1', creationTimestamp: '', annotations: { [BROUGHT_IMAGES_ANNOTATION]: JSON.stringify(Object.fromEntries(BROUGHT)) } }, spec: {} }
    return { removed, events, cleaner: new ImageCleaner({
      name: 'a', node: () => node, pods: () => [], recorder: { event: (_, type, reason, message) => void events.push(`${type} ${reason}: ${message}`) },
      images: {
        list: () => Promise.resolve(there.filter(({ id }) => !removed.includes(id))),
        remove: (id) => { if (refused.includes(id)) return Promise.reject(new Error('in use')); removed.push(id); return Promise.resolve() },
      },
    }) }
  }

  test('stops as soon as there is enough, and says what went', async () => {
    const c = cleaner()
    expect(await c.cleaner.makeRoom(() => Promise.resolve(true))).toBe(true)
    expect([c.removed, c.events]).toEqual([['old'], [expect.stringMatching(/^Normal ImagesRemoved: .*removed 1 image that nothing there used \(old:1\)/)]])
  })
  test('one that Docker keeps is left; nothing removed is nothing said', async () => {
    const c = cleaner(['old'])
    expect(await c.cleaner.makeRoom(() => Promise.resolve(false))).toBe(true)
    expect(await c.cleaner.makeRoom(() => Promise.resolve(false))).toBe(false)
    expect([c.removed, c.events.length]).toEqual([['new'], 1])
  })
  test('two who ask at the same time have one image removed once', async () => {
    const c = cleaner()
    expect(await Promise.all([c.cleaner.makeRoom(() => Promise.resolve(false)), c.cleaner.makeRoom(() => Promise.resolve(false))])).toEqual([true, false])
    expect(c.removed).toEqual(['old', 'new'])
  })
})
