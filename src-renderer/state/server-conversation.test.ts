import { expect, test } from 'vitest'
import type { AddServerInput, AddServerOutput, AddServerRequest } from '../../src-main/common/contract/index.ts'
import { FakeServers } from '../testing/fake-servers.ts'
import { FakeWorld } from '../testing/fake-world.ts'
import { ScriptedChannel } from '../testing/scripted-channel.ts'
import { ServerConversation } from './server-conversation.svelte.ts'

function begin(request: AddServerRequest): { talk: ServerConversation; servers: FakeServers; world: FakeWorld } {
  const world = new FakeWorld(0, true)
  const servers = new FakeServers(world, 'lively', 0)
  const talk = new ServerConversation()
  talk.start(servers.add(), request)
  return { talk, servers, world }
}

test('a key is trusted, a wrong password is asked for again, and the server is a node', async () => {
  const { talk, world } = begin({ host: 'web-9', login: { type: 'password' } })
  expect(talk.phase).toBe('running')
  await expect.poll(() => talk.question?.type).toBe('host-key')
  expect(talk.step).toBe('connect')
  talk.trust(true)
  expect(talk.question).toBeUndefined()
  await expect.poll(() => talk.question).toMatchObject({ type: 'ask-secret', what: 'password', of: 'root@web-9', wrong: false })
  talk.secret('wrong', false)
  await expect.poll(() => talk.question).toMatchObject({ wrong: true })
  talk.secret('right', true)
  await expect.poll(() => talk.phase).toBe('done')
  expect([talk.name, talk.step]).toEqual(['web-9', 'node'])
  expect(Object.keys(talk.messages)).toEqual(['connect', 'login', 'docker', 'network', 'node'])
  expect(world.nodes.map((n) => n.ref.name)).toContain('web-9')
})

test("a server's own questions are answered", async () => {
  const { talk } = begin({ host: 'known-otp' })
  await expect.poll(() => talk.question).toMatchObject({ type: 'ask', questions: [{ echo: true }, { echo: false }] })
  talk.answers(['123456', '0000'])
  await expect.poll(() => talk.phase).toBe('done')
})

test('a failure says why, at which step and which field', async () => {
  const { talk } = begin({ host: 'nowhere' })
  await expect.poll(() => talk.phase).toBe('failed')
  expect(talk.failure).toMatchObject({ field: 'host', why: { reason: 'name' } })
  expect(talk.step).toBe('connect')
})

test('no trust, no login', async () => {
  const { talk, world } = begin({ host: 'web-9' })
  await expect.poll(() => talk.question?.type).toBe('host-key')
  talk.trust(false)
  await expect.poll(() => talk.failure?.why.reason).toBe('host-key-rejected')
  expect(world.nodes).toHaveLength(3)
})

test('after a failure it begins anew, without what went before', async () => {
  const { talk, servers } = begin({ host: 'nowhere' })
  await expect.poll(() => talk.phase).toBe('failed')
  talk.start(servers.add(), { host: 'known-1' })
  expect([talk.phase, talk.failure, talk.step]).toEqual(['running', undefined, undefined])
  await expect.poll(() => talk.phase).toBe('done')
})

test('cancelled, it hangs up and hears nothing more', async () => {
  let say: (output: AddServerOutput) => void = () => undefined
  const channel = new ScriptedChannel<AddServerInput, AddServerOutput>((io) => { say = io.say; return new Promise(() => undefined) })
  const talk = new ServerConversation()
  talk.start(channel, { host: 'web-9' })
  say({ type: 'step', step: 'connect', message: '' })
  await expect.poll(() => talk.step).toBe('connect')
  talk.cancel()
  say({ type: 'done', name: 'web-9' })
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect([channel.closed, talk.phase, talk.step, talk.name]).toEqual([true, 'idle', undefined, ''])
})

test('an engine that goes away is a failure', async () => {
  const talk = new ServerConversation()
  talk.start(new ScriptedChannel<AddServerInput, AddServerOutput>(() => Promise.resolve()), { host: 'web-9' })
  await expect.poll(() => talk.failure?.why.reason).toBe('lost')
})

test('connecting again needs no request', async () => {
  const servers = new FakeServers(new FakeWorld(0, true), 'servers', 0)
  const talk = new ServerConversation()
  talk.start(servers.reconnect('cellar'))
  await expect.poll(() => talk.question?.type).toBe('host-key')
  talk.trust(true)
  await expect.poll(() => talk.question).toMatchObject({ what: 'passphrase' })
  talk.secret('a', false)
  await expect.poll(() => talk.question).toMatchObject({ wrong: true })
  talk.secret('b', false)
  await expect.poll(() => talk.phase).toBe('done')
  expect(servers.servers.find((s) => s.name === 'cellar')?.state).toBe('connected')
})

test('no answer is kept', async () => {
  const { talk } = begin({ host: 'known-1', login: { type: 'password' } })
  await expect.poll(() => talk.question?.type).toBe('ask-secret')
  talk.secret('hunter2', true)
  talk.secret('hunter2', true)
  await expect.poll(() => talk.question).toMatchObject({ wrong: true })
  expect(JSON.stringify({ ...talk, question: talk.question, messages: talk.messages, failure: talk.failure })).not.toContain('hunter2')
})
