import { join } from 'node:path'
import { expect, test } from 'vitest'
import korean from '../../resources/messages/sentences.ko.json'
import { literalsUnder, type Literal } from '../testing/sentence-literals.ts'

// The catalog and the sources hold each other: a sentence that is written anew, or is not said any more, is found here and not by somebody who reads Korean.

const { words, ...sentences } = korean as Record<string, Record<string, string>>
const literals = literalsUnder(join(import.meta.dirname, '../../src-main'))
const said = new Set(literals.map(({ template }) => template))
const translated = new Set(Object.values(korean).flatMap((group) => Object.keys(group)))

/** Where each sentence has to have its Korean one: what is said there is read on the screens. */
const HELD: readonly string[] = ['common/', 'convert/', 'engine/controllers/', 'engine/copies/', 'engine/lease/', 'engine/network/', 'engine/nodes/', 'engine/runtime/', 'engine/scheduler/', 'engine/store/', 'hosts/', 'policy/', 'services/', 'swarm/']
/** What is never read there, or is read in English on purpose: where, which, and why. */
const EXCEPTIONS: readonly { at: string; which?: RegExp; why: string }[] = [
  { at: 'common/kube/priorities.ts', why: 'what Kubernetes itself writes into its two priority classes' },
  { at: 'engine/controllers/deployment/status.ts', which: /progress|minimum availability/, why: "Kubernetes' own words of a Deployment's conditions" },
  { at: 'engine/controllers/serviceaccount/controller.ts', which: /^The certificate of the CA/, why: 'what the ConfigMap kube-root-ca.crt says of itself' },
  { at: 'engine/controllers/volume/decide-claim.ts', why: "Kubernetes' own words of a claim's events" },
  { at: 'engine/network/ingress/gateway/route-config.ts', which: /^A rule for this request/, why: 'for who sent the HTTP request' },
  { at: 'engine/runtime/pod/image-resolver.ts', which: /^Successfully pulled image/, why: "Kubernetes' own words of a pod's events" },
  { at: 'engine/store/lmdb-store.ts', why: 'mistakes in calling the store, and watches that begin anew by themselves' },
  { at: 'services/guide/check-answers.ts', why: 'for whoever calls without the screens, whose fields take nothing else' },
  { at: 'common/compose/schema/schema.ts', which: /^The Compose schema refers/, why: 'a mistake in the schema, which no text of a user brings about' },
]

/** A text that begins and ends as a sentence does, of three words and more. */
function isSentence(template: string): boolean {
  return /^["`]?(?:\p{Lu}|\{\d+\})/u.test(template) && /[.?!]$/.test(template) && template.split(/\s+/).length >= 3 && template.replace(/\{\d+\}/g, '').replace(/[^\p{L}]/gu, '').length >= 8
}

function isExcepted({ file, template }: Literal): boolean {
  return EXCEPTIONS.some(({ at, which }) => file.startsWith(at) && (which === undefined || which.test(template)))
}

const holesOf = (text: string): string[] => [...new Set([...text.matchAll(/\{(\d+)!?\}/g)].map(([, number = '']) => number))].sort()

test('each sentence that the screens are told has its Korean one', () => {
  const missing = literals.filter((literal) => HELD.some((at) => literal.file.startsWith(at)) && isSentence(literal.template) && !isExcepted(literal) && !translated.has(literal.template))
  expect(missing.map(({ file, template }) => `${file}: ${template}`)).toEqual([])
})

test('each sentence of the catalog is still said', () => {
  expect(Object.values(sentences).flatMap((group) => Object.keys(group)).filter((template) => !said.has(template))).toEqual([])
})

test('a translation loses no value and makes none up', () => {
  const wrong = Object.values(korean).flatMap((group: Record<string, string>) => Object.entries(group)).filter(([from, to]) => holesOf(from).join() !== holesOf(to).join())
  expect(wrong).toEqual([])
})

test('a template says something besides its values, and none is there twice', () => {
  expect([...translated].filter((template) => template.replace(/\{\d+\}/g, '').replace(/[^\p{L}]/gu, '').length < 2 && template !== '{0} and {1}')).toEqual([])
  expect(Object.values(korean).reduce((sum, group) => sum + Object.keys(group).length, 0)).toBe(translated.size)
})

test('no exception outlives what it is for', () => {
  expect(EXCEPTIONS.filter(({ at, which }) => !literals.some(({ file, template }) => file.startsWith(at) && (which === undefined || which.test(template)))).map(({ at }) => at)).toEqual([])
  expect(Object.keys(words ?? {}).length).toBeGreaterThan(0)
})
