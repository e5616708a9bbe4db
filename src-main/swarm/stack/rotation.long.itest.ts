import { expect, test } from 'vitest'
import { eventually } from '../../../e2e/harness/containers.ts'
import { docker as dockerTool } from '../../../e2e/harness/floors.ts'
import { Lab } from '../../../e2e/lab/lab.ts'
import { openLocalHost } from '../../hosts/local-host.ts'
import { applyStack } from './apply/apply.ts'
import { rotateFile } from './apply/rotate.ts'
import { Contents } from '../docker/contents.ts'
import { SwarmApi } from '../docker/swarm-api.ts'
import { readStack } from './testing/fixtures.ts'

// The lab's kernel has no IP_VS: what is to run has no address of its own (dnsrr).
const TEXT = `services:
  a:
    image: nginx
    command: [sh, -c, "! grep -q bad /run/secrets/key && exec nginx -g 'daemon off;'"]
    networks: [n]
    secrets: [key]
    stop_grace_period: 1s
    deploy: {endpoint_mode: dnsrr, restart_policy: {delay: 0s}, update_config: {monitor: 1s, failure_action: rollback}}
networks: {n: }
secrets: {key: {external: true, name: lone_key}}
`

test('where Swarm takes a rotation\'s update back, what was there before stays, and it is said; the next content goes through', async () => {
  await using lab = await Lab.up()
  const host = lab.host(1)
  const { docker } = openLocalHost({ socketPath: host.dockerSocket })
  const tool = (...words: string[]): Promise<string> => dockerTool(host, ...words)
  const holds = async (content: string): Promise<boolean> => {
    const ids = (await tool('ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=lone_a')).split('\n').filter(Boolean)
    const found = await Promise.all(ids.map((id) => tool('exec', id, 'cat', '/run/secrets/key').catch(() => '')))
    return found.length === 1 && found[0] === content
  }
  const names = async (): Promise<string[]> => (await tool('secret', 'ls', '--format', '{{.Name}}')).split('\n').filter(Boolean)
  await tool('swarm', 'init', '--advertise-addr', host.address)
  await new SwarmApi(docker).createFile('secret', { Name: 'lone_key' }, new Contents('good'))
  await applyStack(docker, readStack(TEXT, 'lone'))
  await eventually('the first secret', () => holds('good'))
  const { done, warnings } = await rotateFile(docker, { kind: 'secret', name: 'lone_key', contents: new Contents('bad') })
  expect(warnings).toEqual([expect.stringContaining('Swarm took the update of lone_a back')])
  expect(done.some((step) => step.startsWith('remove'))).toBe(false)
  await eventually('the old secret again', () => holds('good'))
  expect(await names()).toHaveLength(2)
  const next = await rotateFile(docker, { kind: 'secret', name: 'lone_key', contents: new Contents('better') })
  expect(next.warnings).toEqual([])
  expect(await holds('better')).toBe(true)
  expect(await names()).toEqual([expect.stringMatching(/^lone_key_[0-9a-f]{10}$/)])
})
