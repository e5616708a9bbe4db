import { describe, expect, test } from 'vitest'
import { readCompose } from '../common/compose/read.ts'
import { asNamed, byName, COMPOSE_FILES, expectComplete, MANIFEST_SETS, meantByName } from './testing/fixtures.ts'
import { parseManifests } from './testing/manifests.ts'
import { broken } from './testing/same.ts'
import { kubernetesToCompose } from './to-compose/convert.ts'
import { composeToKubernetes } from './to-kubernetes/convert.ts'

describe('Compose to Kubernetes and back', () => {
  test('there are enough files', () => expect(COMPOSE_FILES.length).toBeGreaterThanOrEqual(30))
  test.each(COMPOSE_FILES.map((text, i) => [i, text]))('file %i', (_, text) => {
    const { model, problems } = readCompose(text)
    expect(problems).toEqual([])
    if (model === undefined) throw new Error('no model')
    const there = composeToKubernetes(model)
    expectComplete(model, there.report)
    // The text says the same as the objects.
    expect(byName(parseManifests(there.manifests))).toEqual(JSON.parse(JSON.stringify(byName(there.objects))))
    const back = kubernetesToCompose(there.objects)
    expect(broken(model, back.model, there.report)).toEqual([])
    expect(readCompose(back.compose).model).toEqual(back.model)
    // From there on nothing changes any more.
    const again = composeToKubernetes(back.model, { files: back.files })
    expectComplete(meantByName(there.objects), back.report)
    expect(broken(byName(there.objects), byName(again.objects), back.report)).toEqual([])
  })
})

test('labels that Kubernetes does not follow are said to be no more than kept', () => {
  const { model } = readCompose('services: {web: {image: a, deploy: {labels: {toque.canary.image: "a:2", toque.alert.tasks: 5m, mine: "yes"}}}}')
  if (model === undefined) throw new Error('no model')
  const { report, objects } = composeToKubernetes(model)
  expect(report.filter(({ field }) => field.includes('labels')).map(({ path, verdict, message }) => `${String(path.at(-1))} ${verdict} ${message.split(':')[0] ?? ''}`)).toEqual(expect.arrayContaining([
    'toque.canary.image changed An annotation that nobody follows there', 'toque.alert.tasks changed An annotation that nobody follows there', 'mine same ',
  ]))
  expect(objects.find(({ kind }) => kind === 'Deployment')?.metadata.annotations).toMatchObject({ 'toque.canary.image': 'a:2', mine: 'yes' })
})

describe('Kubernetes to Compose and back', () => {
  test('there are enough manifests', () => expect(MANIFEST_SETS.length).toBeGreaterThanOrEqual(30))
  test.each(MANIFEST_SETS.map((objects, i) => [i, objects] as const))('objects %i', (_, objects) => {
    const there = kubernetesToCompose(objects)
    expectComplete(meantByName(objects), there.report)
    expect(readCompose(there.compose).model).toEqual(there.model)
    const back = composeToKubernetes(there.model, { files: there.files })
    expect(broken(byName(objects), asNamed(objects, back.objects), there.report)).toEqual([])
  })
})
