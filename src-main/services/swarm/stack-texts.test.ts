import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { filesNamedBy } from './named-files.ts'
import { ComposeStacks, readStackText } from './stack-texts.ts'

const problemsOf = (text: string, files?: Record<string, string>): string[] => {
  const read = readStackText({ text, ...(files === undefined ? {} : { files }) })
  return ('problems' in read ? read.problems : read.reading.problems).map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)
}

describe('a Compose text of the editor', () => {
  test('is called by its own name', () => {
    const read = readStackText({ text: 'name: shop\nservices: {web: {image: nginx}}\n' })
    expect('reading' in read && read.reading.stack).toMatchObject({ name: 'shop', services: [{ Name: 'shop_web' }] })
  })
  test('without a name is none, unless it says that its services are in no stack', () => {
    expect(problemsOf('services: {web: {image: nginx}}\n')).toEqual([expect.stringMatching(/^1:1 The stack has no name: write one at the top/)])
    expect(problemsOf('name: ""\nservices: {web: {image: nginx}}\n')).toEqual([expect.stringContaining('The stack has no name')])
    const alone = readStackText({ text: 'x-toque-no-stack: true\nservices: {web: {image: nginx, volumes: ["data:/data"]}}\nvolumes: {data: }\n' })
    expect('reading' in alone && alone.reading.stack).toMatchObject({ name: '', networks: [], services: [{ Name: 'web', Labels: {}, TaskTemplate: { Networks: [], ContainerSpec: { Mounts: [{ Source: 'data' }] } } }] })
    expect('reading' in alone && JSON.stringify(alone.reading.stack)).not.toContain('com.docker.stack')
    expect(problemsOf('name: shop\nx-toque-no-stack: true\nservices: {web: {image: nginx}}\n')).toEqual([expect.stringMatching(/^2:\d+ The text has a name and says x-toque-no-stack/)])
  })
  test('without a name has its other faults told, too', () => {
    expect(problemsOf('services:\n  web:\n    image: nginx\n    deploy: {replicas: -1}\n')).toEqual([expect.stringMatching(/^4:\d+ There cannot be less than 0 replicas/), expect.stringMatching(/^1:1 The stack has no name/)])
  })
  test('reads no file but those that it is given; what they hold is not seen', () => {
    const text = 'name: shop\nservices: {web: {image: nginx, secrets: [key]}}\nsecrets:\n  key: {file: ./key.txt}\n'
    expect(problemsOf(text)).toEqual([expect.stringMatching(/^4:\d+ The file ".\/key.txt" was not given/)])
    expect(problemsOf(text, { './key.txt': 'correct horse' })).toEqual([])
    expect(JSON.stringify(readStackText({ text, files: { './key.txt': 'correct horse' } }))).not.toContain('correct')
    expect(problemsOf(text, { './key.txt': '' })).toEqual([expect.stringContaining('would be empty')])
  })
})

test('while somebody types, a registry is asked once a minute for an image; a deploy asks anew', async () => {
  let asked = 0
  const distribution = (): Promise<unknown> => {
    asked += 1
    return Promise.resolve({ Descriptor: { digest: `sha256:${'0'.repeat(64)}` } })
  }
  const none = (): Promise<never[]> => Promise.resolve([])
  const docker = { version: () => Promise.resolve({ ApiVersion: '1.41' }),
    info: () => Promise.resolve({ Swarm: { ControlAvailable: true } }), listServices: none, listNetworks: none, listSecrets: none, listConfigs: none, createService: () => Promise.resolve({}),
    getImage: () => ({ distribution }),
  }
  const clock = new FakeClock()
  const stacks = new ComposeStacks({ synced: Promise.resolve(), managerHost: { docker } as never }, { for: () => undefined }, clock)
  const text = 'x-toque-no-stack: true\nservices: {a: {image: nginx}}\n'
  for (let i = 0; i < 3; i++) expect((await stacks.planDeploy({ text })).changes[0]?.after).toContain(`nginx:latest@sha256:${'0'.repeat(64)}`)
  expect(asked).toBe(1)
  expect(await stacks.deploy({ text })).toEqual({ warnings: [] })
  expect(asked).toBe(2)
  await clock.advance(61_000)
  await stacks.planDeploy({ text })
  expect(asked).toBe(3)
})

test('the files that a text names, each once, whether or not it is right', () => {
  const text = 'services:\n  a: {env_file: [./one.env, {path: two.env}], label_file: labels, secrets: [k]}\n  b: {env_file: ./one.env}\nsecrets: {k: {file: ./k}, e: {external: true}}\nconfigs: {c: {file: ./c}}\n'
  expect(filesNamedBy({ text, files: { './k': '' } })).toEqual([
    { path: './one.env', use: 'environment', given: false }, { path: 'two.env', use: 'environment', given: false }, { path: 'labels', use: 'environment', given: false }, { path: './k', use: 'secret', given: true }, { path: './c', use: 'config', given: false },
  ])
  expect(filesNamedBy({ text: 'services: [' })).toEqual([])
  expect(filesNamedBy({ text: 'services: {a: 1}\nsecrets: [x]\n' })).toEqual([])
})
