import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { parseConfig } from './parse.ts'
import { configAliases, resolveConfig } from './resolve.ts'
import { parseDestination, targetOf } from './target-of.ts'
import type { Desk } from './target-of.ts'

const included: Record<string, string> = { '/home/me/.ssh/conf.d/*': 'Host inc\n  User from-include\n', '/etc/loop': 'Include /etc/loop\n' }
const desk: Desk = { home: '/home/me', directory: '/home/me/.ssh', localUser: 'me', agentSocket: '/run/agent', include: (p) => (included[p] === undefined ? [] : [included[p]]) }
const CONFIG = `
# people's machines
Include conf.d/*
Host web-1 web-2
  HostName %h.example.org
  Port=2222
  IdentityFile "~/keys/my key"
Host web-* !web-2
  User deploy
  Port 1
Host db
  HostName 10.0.0.5
  ProxyJump ops@bastion:2200,web-1
  IdentitiesOnly yes
  IdentityFile ~/.ssh/%r-%h
Host bastion
  HostName b.example.org
  ProxyJump web-2
Host old
  ProxyCommand ssh -W %h:%p bastion
Host a
  ProxyJump b
Host b
  ProxyJump a
Match host *.example.org user deploy
  IdentityAgent /run/other
Match exec "touch /tmp/owned"
  User owned
Host bad-port
  Port 70000
Host *
  User root
  IdentityFile ~/.ssh/common
`
const resolve = (alias: string): ReturnType<typeof resolveConfig> => resolveConfig(CONFIG, alias, desk)

describe('ssh_config', () => {
  test('the first value counts, key files add up', () => {
    expect(resolve('web-1')).toEqual({ hostName: 'web-1.example.org', port: 2222, user: 'deploy', identityFiles: ['/home/me/keys/my key', '/home/me/.ssh/common'], identityAgent: '/run/other', identitiesOnly: false })
  })
  test('a negated pattern rules a host out', () => expect(resolve('web-2').user).toBe('root'))
  test('files are included, and an exec of Match never runs', () => {
    expect(resolve('inc').user).toBe('from-include')
    expect(resolve('elsewhere').user).toBe('root')
  })
  test('an Include inside a Host block applies only there', () => {
    const text = 'Host x\n  Include conf.d/*\n  Port 5\nHost inc\n  Port 6\n'
    expect(resolveConfig(text, 'inc', desk)).toMatchObject({ port: 6 })
    expect(resolveConfig(text, 'inc', desk).user).toBeUndefined()
  })
  test('names to choose from', () => expect(configAliases(CONFIG, desk)).toEqual(['inc', 'web-1', 'web-2', 'db', 'bastion', 'old', 'a', 'b', 'bad-port']))

  test('a chain of jumps', () => {
    const db = targetOf(CONFIG, 'db', desk)
    expect(db).toMatchObject({ host: '10.0.0.5', port: 22, user: 'root', via: { host: 'web-1.example.org', via: { host: 'b.example.org', port: 2200, user: 'ops', via: { host: 'web-2.example.org', port: 2222 } } } })
    expect(db.auth.slice(0, 2)).toEqual([{ type: 'key', file: '/home/me/.ssh/root-10.0.0.5' }, { type: 'key', file: '/home/me/.ssh/common' }])
  })
  test('agent and usual keys when none is named', () => {
    expect(targetOf('', 'x@10.0.0.1', desk)).toEqual({
      host: '10.0.0.1', port: 22, user: 'x',
      auth: [{ type: 'agent', socket: '/run/agent' }, ...['id_ed25519', 'id_ecdsa', 'id_rsa'].map((f) => ({ type: 'key', file: `/home/me/.ssh/${f}`, quiet: true })), { type: 'keyboard-interactive' }, { type: 'password' }],
    })
  })
  test.each([
    ['old', /ProxyCommand, which is not supported.*ProxyJump/], ['a', /circle: a -> b -> a/], ['bad-port', /"Port 70000".*no port/],
    ['-oProxyCommand=x', /is no server/], ['', /is no server/], ['h:99999', /is no server/],
  ])('%s is refused with a sentence', (alias, sentence) => expect(() => targetOf(CONFIG, alias, desk)).toThrow(sentence))
  test('a file that includes itself ends', () => expect(() => resolveConfig('Include /etc/loop', 'x', desk)).toThrow(/includes? itself/))

  test.each([
    ['h', { alias: 'h' }], ['u@h', { alias: 'h', user: 'u' }], ['u@d@h:23', { alias: 'h', user: 'u@d', port: 23 }],
    ['[fe80::1]:23', { alias: 'fe80::1', port: 23 }], ['me@fe80::1', { alias: 'fe80::1', user: 'me' }],
  ])('destination %s', (text, wanted) => expect(parseDestination(text)).toEqual(wanted))

  test('any text parses, in time', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      for (const { keyword } of parseConfig(text)) expect(keyword).toBe(keyword.toLowerCase())
    }))
  })
  test('quotes and comments', () => expect(parseConfig('A "b c" d\\"e \'f g\' # no\nX=y').map((l) => l.args)).toEqual([['b c', 'd"e', 'f g'], ['y']]))
})
