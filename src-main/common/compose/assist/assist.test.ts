import { describe, expect, test } from 'vitest'
import { complete, explain } from './assist.ts'
import { cursorAt } from '../../yaml/cursor.ts'

/** The text without its `|`, and where that was. */
function marked(text: string): [string, number] {
  const at = text.indexOf('|')
  return [text.slice(0, at) + text.slice(at + 1), at]
}
const offered = (text: string): string[] => complete(...marked(text))?.items.map((item) => item.text) ?? []

describe('where somebody types', () => {
  test.each([
    ['|', 'key', []], ['serv|', 'key', []], ['services:\n  |', 'key', ['services']], ['services:\n  web:\n    im|', 'key', ['services', 'web']], ['services:\n  web:\n    deploy:\n      mode: gl|', 'value', ['services', 'web', 'deploy', 'mode']],
    ['services:\n  web:\n    ports:\n      - |', 'key', ['services', 'web', 'ports', 0]], ['services:\n  web:\n    ports:\n    - tar|', 'key', ['services', 'web', 'ports', 0]], ['services:\n  web:\n    ports:\n      - target: 80\n        pro|', 'key', ['services', 'web', 'ports', 0]],
    ['services:\n  web:\n    ports:\n      - target: 80\n    dep|', 'key', ['services', 'web']], ['services:\n  web:\n    image: x\n\n  # other\n  api:\n    en|', 'key', ['services', 'api']], ['services:\n  web:\n    image: x\nnet|', 'key', []],
    ['services:\n  web:\n    deploy:\n      update_config:\n        order: |', 'value', ['services', 'web', 'deploy', 'update_config', 'order']],
  ])('%j', (text, part, path) => expect(cursorAt(...marked(text))).toMatchObject({ part, path }))

  test.each<[string, string, (string | number)[], string[]]>([
    ['services: {web: {im|', 'key', ['services', 'web'], []], ['services: {web: {image: nginx, |}}', 'key', ['services', 'web'], ['image']], ['services:\n  web: { dep|, image: x }\n', 'key', ['services', 'web'], ['image']],
    ['services:\n  web:\n    ports: [|]\n', 'key', ['services', 'web', 'ports', 0], []], ['services:\n  web:\n    ports: [80, "a, b: {", {target: 80, pro|}]\n', 'key', ['services', 'web', 'ports', 0], ['target']],
    ['services:\n  web:\n    deploy: {replicas: 2, mode: |}\n', 'value', ['services', 'web', 'deploy', 'mode'], ['replicas', 'mode']], ['services:\n  web:\n    deploy: {\n      # why {\n      labels: {a: b},\n      mo|\n    }\n', 'key', ['services', 'web', 'deploy'], ['labels']],
    ['services:\n  web:\n    ports:\n      - {target: 80, |\n    image: x\n', 'key', ['services', 'web', 'ports', 0], ['target']], ['services:\n  web:\n    secrets:\n      [ke|]\n', 'key', ['services', 'web', 'secrets', 0], []],
    ['{"services": {"web": {|}}}', 'key', ['services', 'web'], []],
  ])('in flow style: %j', (text, part, path, there) => {
    const cursor = cursorAt(...marked(text))
    expect(cursor).toMatchObject({ part, path })
    expect([...cursor?.flow ?? ['none']]).toEqual(there)
  })

  test.each([
    ['services:\n  web: {image: x}\n  |', ['services']], ['services:\n  web: {image: x\n  api:\n    |', ['services', 'api']], ['x-a: |\n  {\nser|'.replace('|', '>-'), []], ['services:\n  web:\n    command: a {b\n    |', ['services', 'web']],
  ])('what is behind a flow is in block style again: %j', (text, path) => expect(cursorAt(...marked(text))).toEqual(expect.objectContaining({ path, part: 'key', isItem: false })))

  test.each([
    '# ser|', 'services: {web: {image: "a|', 'services: {web: [a, # |', 'configs:\n  c:\n    content: |-\n      ser|'.replace('|-', '>-'), 'services:\n\tweb|',
  ])('nothing is known in %j', (text) => expect(cursorAt(...marked(text))).toBeUndefined())
})

describe('what could be typed', () => {
  test('in flow style: keys without those that are there, values, and items', () => {
    const keys = offered('services: {web: {image: nginx, |}}')
    expect(keys).toEqual(expect.arrayContaining(['deploy', 'ports']))
    expect(keys).not.toContain('image')
    expect(complete(...marked('services: {web: {dep|}}'))?.items.find(({ text }) => text === 'deploy')).toMatchObject({ after: ': ' })
    expect(offered('services:\n  web:\n    deploy: {mode: |}')).toContain('global-job')
    expect(complete(...marked('services:\n  web:\n    ports: [|]'))?.items.find(({ text }) => text === 'target')).toMatchObject({ after: ': ', inBraces: true })
    expect(offered('services:\n  web:\n    secrets: [|]\nsecrets:\n  key: {external: true}\n')).toContain('key')
  })

  test('keys of the place, without those that are there', () => {
    expect(offered('|')).toEqual(expect.arrayContaining(['services', 'networks', 'secrets', 'configs', 'volumes', 'name']))
    const service = offered('services:\n  web:\n    image: nginx\n    |\n')
    expect(service).toEqual(expect.arrayContaining(['deploy', 'ports', 'environment']))
    expect(service).not.toContain('image')
    expect(offered('services:\n  web:\n    deploy:\n      update_config:\n        |')).toEqual(expect.arrayContaining(['parallelism', 'failure_action', 'order']))
    expect(offered('services:\n  web:\n    ports:\n      - |')).toEqual(expect.arrayContaining(['target', 'published', 'mode']))
    expect(offered('services:\n  |')).toEqual([])
  })
  test.each([
    ['services:\n  web:\n    deploy:\n      mode: |', ['replicated', 'global', 'replicated-job', 'global-job']], ['services:\n  web:\n    deploy:\n      update_config:\n        order: st|', ['stop-first', 'start-first']],
    ['services:\n  web:\n    deploy:\n      rollback_config:\n        failure_action: |', ['pause', 'continue']], ['services:\n  web:\n    ports:\n      - target: 80\n        mode: |', ['host', 'ingress']],
    ['services:\n  web:\n    init: |', ['true', 'false']], ['services:\n  web:\n    secrets:\n      - |\nsecrets:\n  key: {external: true}\n  cert: {external: true}\n', ['key', 'cert']],
    ['services:\n  web:\n    networks:\n      - fr|\nnetworks:\n  front:\n  back:\n', ['front', 'back']], ['services:\n  web:\n    image: |', []],
  ])('values: %j', (text, values) => expect(offered(text).filter((value) => !['source', 'target', 'uid', 'gid', 'mode'].includes(value))).toEqual(values))
  test('with what Swarm makes of it', () => {
    const items = complete(...marked('services:\n  web:\n    |'))?.items ?? []
    const of = (text: string): unknown => items.find((item) => item.text === text)
    expect(of('container_name')).toMatchObject({ swarm: { is: 'ignored', why: expect.stringContaining('Swarm names them') as string }, after: ': ' })
    expect(of('mem_limit')).toMatchObject({ swarm: { is: 'refused', why: expect.stringContaining('deploy.resources.limits.memory') as string } })
    expect(of('deploy')).toMatchObject({ after: ':\n' })
    expect(of('image')).not.toHaveProperty('swarm')
  })
})

test('labels by which a service asks for what Swarm lacks: on the service, not on its containers', () => {
  const text = 'services:\n  web:\n    deploy:\n      labels:\n        toque.alert.cpu: 90\n        toque.al|\n'
  expect(offered(text)).toEqual(expect.arrayContaining(['toque.alert.tasks', 'toque.canary.image', 'toque.schedule']))
  expect(offered(text.replace('toque.al|', '|'))).not.toContain('toque.alert.cpu')
  expect(complete(...marked(text))?.from).toBe(text.indexOf('toque.al|'))
  expect(offered('services:\n  web:\n    labels:\n      toque|\n')).toEqual([])
  const [whole] = marked(text)
  expect(explain(whole, whole.indexOf('toque.alert.cpu') + 8)).toMatchObject({ title: expect.stringContaining('toque.alert.cpu') as string, description: expect.stringContaining('more of the CPU') as string })
})

test('a field explains itself, where its name is', () => {
  const text = 'services:\n  web:\n    container_name: x\n    deploy:\n      endpoint_mode: dnsrr\n'
  expect(explain(text, text.indexOf('container_name') + 3)).toMatchObject({ title: 'services.web.container_name', swarm: { is: 'ignored' }, from: text.indexOf('container_name') })
  expect(explain(text, text.indexOf('endpoint_mode'))).toMatchObject({ title: 'services.web.deploy.endpoint_mode', description: expect.stringContaining('dnsrr') as string })
  expect(explain(text, text.indexOf('dnsrr') + 1)).toBeUndefined()
  const flow = 'services: {web: {deploy: {endpoint_mode: dnsrr}}}'
  expect(explain(flow, flow.indexOf('endpoint_mode') + 2)).toMatchObject({ title: 'services.web.deploy.endpoint_mode', from: flow.indexOf('endpoint_mode') })
  expect(explain(flow, flow.indexOf('dnsrr') + 1)).toBeUndefined()
  expect(explain('nothing: 1', 2)).toBeUndefined()
})
