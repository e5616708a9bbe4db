import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { aService, aTask } from '../../swarm/testing/objects.ts'
import type { MoveParts } from './move-parts.ts'
import { readSecrets } from './read-stack.ts'
import type { MoveRecord } from './record.ts'

const web = aService('shop_web')
/** A server whose containers' `cat` says this, or that fails. */
const host = (said: string | undefined): unknown => ({ docker: {
  getContainer: () => ({ exec: () => (said === undefined ? Promise.reject(new Error('it does not answer')) : Promise.resolve({ start: () => Promise.resolve(Readable.from([said])), inspect: () => Promise.resolve({ ExitCode: 0 }) })) }),
  modem: { demuxStream: (from: Readable, out: { write(chunk: unknown): void }) => from.on('data', (chunk) => out.write(chunk)) },
} })

async function secretsOf(hosts: Record<string, unknown>, tasks: ReturnType<typeof aTask>[]): Promise<unknown> {
  const parts = { swarm: () => ({ state: { now: { services: [web], tasks }, hostOf: (node: string) => hosts[node] } }), manifests: { get: () => Promise.resolve(undefined) } } as unknown as MoveParts
  const [secret] = await readSecrets(parts, { stack: 'shop', namespace: 'shop', cluster: { objects: [], secrets: [{ name: 'key', key: 'key', service: 'web', path: '/run/secrets/key' }] } } as unknown as MoveRecord)
  return Buffer.from(String((secret as { data?: Record<string, string> } | undefined)?.data?.['key']), 'base64').toString()
}
const running = (node: string, more: Parameters<typeof aTask>[3] = {}): ReturnType<typeof aTask> => aTask(web, 1, 'running', { NodeID: node, ...more }, { ContainerStatus: { ContainerID: `on-${node}` } })

test('a secret is read from whichever task can be asked: what ran on a lost server is still said to run', async () => {
  const lost = running('lost', { DesiredState: 'shutdown' })
  expect(await secretsOf({ there: host('correct horse') }, [lost, running('there')])).toBe('correct horse')
  expect(await secretsOf({ lost: host(undefined), there: host('correct horse') }, [running('lost'), running('there')])).toBe('correct horse')
})

test('where nobody can be asked, it is said what to do', async () => {
  await expect(secretsOf({}, [running('lost')])).rejects.toThrow(/cannot be read from a task of web: none runs on a server that is known here\. Make the Secret "key"/)
  await expect(secretsOf({ lost: host(undefined) }, [running('lost')])).rejects.toThrow(/it does not answer/)
})
