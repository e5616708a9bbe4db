import { expect, test } from 'vitest'
import { backoff } from './backoff.ts'
import { algorithms } from './algorithms.ts'
import { explainDocker, inSh, parseFacts } from './docker-diagnosis.ts'
import { explainConnect, explainDial } from './explain.ts'
import type { SshTarget } from './target.ts'

const target: SshTarget = { host: 'web', port: 2222, user: 'deploy', auth: [] }

test.each([
  [{ message: 'x', code: 'ENOTFOUND' }, 'name', /no address for the name "web"/],
  [{ message: 'x', code: 'ECONNREFUSED' }, 'refused', /no SSH server listens/],
  [{ message: 'x', code: 'EHOSTUNREACH' }, 'unreachable', /cannot be reached/],
  [{ message: 'x', code: 'ETIMEDOUT' }, 'timeout', /firewall/],
  [{ message: 'Handshake failed: no matching key exchange algorithm', level: 'handshake' }, 'protocol', /outdated cryptography/],
  [{ message: 'Connection lost before handshake', level: 'protocol' }, 'protocol', /MaxStartups/],
  [{ message: 'read ECONNRESET', code: 'ECONNRESET', level: 'client-socket' }, 'protocol', /hung up/],
  [{ message: 'Expected identification', level: 'protocol' }, 'protocol', /Is this the SSH port/],
  [{ message: 'Too many authentication failures', code: 2 }, 'auth-failed', /did not let us in/],
  [{ message: 'All configured authentication methods failed', level: 'client-authentication' }, 'auth-failed', /deploy@web:2222.*key \/k.*authorized_keys/],
] as const)('%o is %s', (failure, code, sentence) => {
  expect(explainConnect(target, failure, ['key /k'])).toMatchObject({ code, message: expect.stringMatching(sentence) as unknown })
})

test.each([[1, 'open failed', 'EACCES'], [2, 'Connection refused', 'ECONNREFUSED'], [2, 'No route to host', 'EHOSTUNREACH'], [2, 'Connection timed out', 'ETIMEDOUT']])('a stream refused with %i %s is %s', (reason, description, code) => {
  expect(explainDial('s', '10.0.0.1', 80, reason, description)).toMatchObject({ code })
})

const ALL = 'user=me\ncli=yes\ndaemon=yes\nsocket=ok\nanswer=1.41 \n'
test.each([
  ['nothing', ALL, undefined],
  ['Docker', 'user=me\nsocket=none\n', /not installed/],
  ['a start', 'user=me\ncli=yes\nsocket=none\nanswer=Cannot connect\n', /not running.*systemctl enable --now docker/],
  ['a daemon behind the socket', ALL.replace('1.41', 'Cannot connect to the Docker daemon. Is it running?'), /does not answer \(Cannot connect/],
  ['the group', ALL.replace('socket=ok', 'socket=denied'), /me may not use Docker.*sudo usermod -aG docker me/],
  ['forwarding', ALL.replace('cli=yes\n', ''), /AllowStreamLocalForwarding yes/],
  ['root', 'user=me\ncli=yes\nsocket=none\nrootless=yes\nanswer=no\n', /rootless Docker of me/],
  ['Docker instead of Podman', `${ALL}podman=yes\n`, /is Podman's/],
])('missing: %s', (_, facts, sentence) => {
  const said = explainDocker('web', '/s', parseFacts(facts))?.message
  if (sentence === undefined) expect(said).toBeUndefined()
  else expect(said).toMatch(sentence)
})

test('a script survives its quotes', () => expect(inSh('echo \'a\'')).toBe('exec /bin/sh -c \'echo \'\\\'\'a\'\\\'\'\''))
test('waiting grows to 15 s and is never less than half', () => {
  expect([1, 2, 3, 6, 100].map((n) => backoff(n, () => 0))).toEqual([500, 1000, 2000, 15_000, 15_000])
  expect(backoff(100, () => 0.999)).toBeGreaterThanOrEqual(7500)
})
test('known types of host keys are asked for first, and nothing uses SHA-1 or CBC', () => {
  const { serverHostKey, ...rest } = algorithms(['ssh-rsa'])
  expect((serverHostKey as string[]).slice(0, 3)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519'])
  expect(JSON.stringify(rest)).not.toMatch(/sha1|cbc|md5|arcfour/)
})
