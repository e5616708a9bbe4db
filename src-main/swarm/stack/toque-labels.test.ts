import { expect, test } from 'vitest'
import { TOQUE_LABELS } from '../../common/compose/assist/toque-labels.ts'
import { readStack } from './testing/fixtures.ts'

const said = (deploy: string, labels = ''): string[] => {
  const { problems } = readStack(`services:\n  web:\n    image: nginx\n    deploy:\n      labels:\n        ${deploy}\n${labels}`, 's')
  expect(problems.filter(({ severity }) => severity !== 'warning')).toEqual([])
  return problems.map(({ line, column, field, message }) => `${String(line)}:${String(column)} ${field ?? ''} ${message}`)
}

test.each([
  ['toque.autoscal.max: "3"', /^6:\d+ services\.web\.deploy\.labels.* There is no label toque\.autoscal\.max, so it does nothing\. Did you mean toque\.autoscale\.max\?$/],
  ['toque.rebalanse: "true"', /Did you mean toque\.rebalance\?$/],
  ['toque.schedule.timezon: Asia/Seoul', /Did you mean toque\.schedule\.timezone\?$/],
  ['toque.canary.nothing-like-it: "3"', /so it does nothing\. Those that there are: toque\.canary\.image, toque\.canary\.steps, [a-z., ]*toque\.canary\.promote\.$/],
  ['toque.xyz: "1"', /Those that there are: toque\.autoscale\.min, .*toque\.alert\.every\.$/],
  ['toque.status.last-run: "1"', /^6:\d+ .* Toque itself writes labels such as toque\.status\.last-run/],
])('%s is warned of, at its place', (label, sentence) => expect(said(label)).toEqual([expect.stringMatching(sentence)]))

test('labels on the containers ask for nothing; a list of labels is as good as a map', () => {
  expect(said('a: b', '    labels: {toque.autoscale.max: "3"}\n')).toEqual([expect.stringMatching(/^7:\d+ services\.web\.labels.* The label toque\.autoscale\.max is on the containers, where it asks for nothing: move it to deploy\.labels\.$/)])
  expect(said('- toque.autoscal.max=3')).toEqual([expect.stringMatching(/Did you mean toque\.autoscale\.max\?$/)])
})

test('those that there are, and everybody else\'s, are taken without a word', () => {
  expect(Object.keys(TOQUE_LABELS).flatMap((label) => said(`${label}: "1"`))).toEqual([])
  expect(said('toque.dev/compose-service: web')).toEqual([])
  expect(said('com.example.toque.autoscal: x')).toEqual([])
})
