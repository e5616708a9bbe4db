import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '../lab/places.ts'
import { NOT_HERE } from './not-here.ts'

// Every name of Kubernetes' list is written as a test here, or it is said why not: nothing is passed over.

const here = join(repository, 'e2e/conformance')
const listed = readFileSync(join(here, 'names-1.32.txt'), 'utf8').split('\n').filter((line) => line.startsWith('[')).map((line) => line.replace(/ \[Conformance\]$/, ''))
const sources = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.conformance.ts')).map((file) => readFileSync(join(here, file), 'utf8'))
const written = sources.flatMap((source) => [...source.matchAll(/(['"`])(\[sig-.*?)\1/g)].map(([, , name = '']) => name))

test('a test is written for a name of the list, once', () => {
  expect(written.filter((name) => !listed.includes(name))).toEqual([])
  expect(written.filter((name, i) => written.indexOf(name) !== i)).toEqual([])
})

test('each name is a test, or it says why it is none', () => {
  const without = Object.keys(NOT_HERE)
  expect(without.filter((name) => !listed.includes(name) || written.includes(name))).toEqual([])
  expect(listed.filter((name) => !written.includes(name) && !without.includes(name))).toEqual([])
})
