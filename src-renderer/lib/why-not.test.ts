import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { helpFor, whyNot } from './why-not.ts'

test.each([
  ['Insufficient cpu', 'Not enough free CPU', /Lower what the pod requests/], ['Insufficient nvidia.com/gpu', 'Not enough free nvidia.com/gpu', /that has nvidia\.com\/gpu/],
  ['node(s) had untolerated taint {gpu: yes}', 'Reserved for others: taint gpu=yes', /tolerate the taint/], ['node(s) had untolerated taint {gpu: }', 'Reserved for others: taint gpu', /tolerate/],
  ['node(s) had untolerated taint {toque.dev/server-lost: }', 'The server does not answer', /Bring the server back/], ['node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }', 'It is short of disk, memory or processes', /Free disk/],
  ["node(s) didn't match pod topology spread constraints", 'More here than elsewhere: it must be spread evenly', /maxSkew/], ["node(s) didn't match pod topology spread constraints (missing required label)", 'It lacks the label by which pods are spread', /label/],
  ['node(s) without its data, which is on server b', 'Its data is on another server', /Bring the server back/], ['something new', 'something new', /^$/],
])('%s', (reason, text, help) => {
  expect(whyNot(reason).text).toBe(text)
  expect(whyNot(reason).help).toMatch(help)
})

test('every sentence of the scheduler\'s filters has plain words', () => {
  const dir = new URL('../../src-main/engine/scheduler/plugins/', import.meta.url)
  const sentences = readdirSync(dir).filter((f) => !f.includes('test')).flatMap((file) => [...readFileSync(new URL(file, dir), 'utf8').matchAll(/(["'])(node\(s\) (?:(?!\1).)*|Too many (?:(?!\1).)*)\1/g)].map((found) => found[2] ?? ''))
  expect(sentences.length).toBeGreaterThan(10)
  // Told in full: which claim, of which volume.
  const asItIs = sentences.filter((s) => whyNot(s).text === s)
  expect(asItIs).toEqual(['node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'])
})

test('help is said once, the commonest first', () => {
  expect(helpFor(['node(s) were unschedulable', 'Insufficient cpu', 'Insufficient memory', 'unknown'])).toEqual([expect.stringMatching(/^Lower/), expect.stringMatching(/^Uncordon/)])
})
