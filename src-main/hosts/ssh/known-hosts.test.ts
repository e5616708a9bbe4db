import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { HostKeyStore } from './host-key-store.ts'
import { fingerprint, judgeHostKey, keyType, knownAs, knownHostLine, knownTypes, matchesPatterns, parseKnownHosts } from './known-hosts.ts'
import type { SshTarget } from './target.ts'

function key(type: string, seed: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(36, seed)])
}
const ED = key('ssh-ed25519', 1)
const OTHER = key('ssh-ed25519', 2)
const RSA = key('ssh-rsa', 3)
const line = (hosts: string, k: Buffer): string => `${hosts} ${keyType(k)} ${k.toString('base64')}`
const judge = (text: string, name: string, k: Buffer): string => judgeHostKey(parseKnownHosts(text), name, k).is

describe('a host key', () => {
  test.each([
    ['is unknown in an empty file', '', 'h', ED, 'unknown'],
    ['is trusted when it is there', line('h', ED), 'h', ED, 'trusted'],
    ['is changed when another of its type is there', line('h', OTHER), 'h', ED, 'changed'],
    ['is changed when only another type is there', line('h', RSA), 'h', ED, 'changed'],
    ['is trusted beside others', `${line('h', RSA)}\n${line('h', ED)}`, 'h', ED, 'trusted'],
    ['is nobody else\'s', line('g', ED), 'h', ED, 'unknown'],
    ['counts for its port only', line('h', ED), '[h]:2222', ED, 'unknown'],
    ['is found by name and port', line('[h]:2222', ED), '[h]:2222', ED, 'trusted'],
    ['is found in a list', line('a,h,10.0.0.1', ED), '10.0.0.1', ED, 'trusted'],
    ['is found by a pattern, in any case', line('*.Example.org', ED), 'h.example.org', ED, 'trusted'],
    ['is not found by what a pattern rules out', line('*.org,!h.org', ED), 'h.org', ED, 'unknown'],
    ['that is revoked is refused, also where it is trusted', `${line('h', ED)}\n@revoked ${line('*', ED)}`, 'h', ED, 'revoked'],
    ['is not hurt by another\'s revocation', `${line('h', ED)}\n@revoked ${line('*', OTHER)}`, 'h', ED, 'trusted'],
    ['is not vouched for by an authority', `@cert-authority ${line('h', ED)}`, 'h', ED, 'unknown'],
    ['is not hidden by comments and rubbish', `# h\n\nrubbish\n${line('h', ED)} me@desk\r\n`, 'h', ED, 'trusted'],
  ])('%s', (_, text, name, k, verdict) => expect(judge(text, name, k)).toBe(verdict))

  test('that was pinned is trusted, and every other is not', () => {
    fc.assert(fc.property(fc.domain(), fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 4, max: 255 }), (host, port, seed) => {
      const name = knownAs(host, port)
      const text = knownHostLine(name, ED)
      expect(text).not.toContain(host)
      expect([judge(text, name, ED), judge(text, name, key('ssh-ed25519', seed)), judge(text, `x${name}`, ED)]).toEqual(['trusted', 'changed', 'unknown'])
    }))
  })
  test('types that are known', () => expect(knownTypes(parseKnownHosts(`${line('h', RSA)}\n${line('h', ED)}\n${line('g', OTHER)}\n@revoked ${line('h', OTHER)}`), 'h')).toEqual(['ssh-rsa', 'ssh-ed25519']))
  test('any text parses', () => fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void judge(text, 'h', ED))))
  test('a pattern of many stars is no trap', () => expect(matchesPatterns('a'.repeat(60), ['*'.repeat(40) + 'b'])).toBe(false))
})

describe('with OpenSSH\'s own tools', () => {
  const dir = mkdtempSync(join(tmpdir(), 'toque-known-'))
  afterAll(() => rmSync(dir, { recursive: true }))
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'k')])
  const [type = '', base64 = ''] = readFileSync(join(dir, 'k.pub'), 'utf8').split(' ')
  const real = Buffer.from(base64, 'base64')

  test('fingerprints are the same', () => expect(execFileSync('ssh-keygen', ['-lf', join(dir, 'k.pub')], { encoding: 'utf8' })).toContain(fingerprint(real)))
  test('ssh-keygen finds what was pinned, and its hashes are understood', () => {
    const file = join(dir, 'known')
    writeFileSync(file, knownHostLine('[h]:2222', real))
    expect(execFileSync('ssh-keygen', ['-F', '[h]:2222', '-f', file], { encoding: 'utf8' })).toContain(base64)
    writeFileSync(file, `web,10.0.0.1 ${type} ${base64}\n`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
    expect(judge(readFileSync(file, 'utf8'), '10.0.0.1', real)).toBe('trusted')
  })
})

describe('host key store', () => {
  const dir = mkdtempSync(join(tmpdir(), 'toque-keys-'))
  afterAll(() => rmSync(dir, { recursive: true }))
  const target: SshTarget = { host: 'h', port: 22, user: 'u', auth: [] }
  const own = join(dir, 'own/known_hosts')
  const users = join(dir, 'users')
  const yes = { trustHostKey: () => Promise.resolve(true) }
  const never = { trustHostKey: () => Promise.reject(new Error('must not ask')) }
  const store = new HostKeyStore([own, users])

  test('asks once, also when two connect at once, and pins', async () => {
    let asked = 0
    const ask = { trustHostKey: () => Promise.resolve(++asked === 1) }
    await Promise.all([store.verify(target, ED, ask), store.verify(target, ED, ask)])
    expect(asked).toBe(1)
    await new HostKeyStore([own]).verify(target, ED, never)
    await expect(store.verify(target, OTHER, yes)).rejects.toMatchObject({ code: 'host-key-changed' })
  })
  test('hears every file: one that contradicts is enough to stop', async () => {
    writeFileSync(users, line('h', OTHER)) // no newline at its end
    await expect(store.verify(target, ED, yes)).rejects.toMatchObject({ code: 'host-key-changed', message: expect.stringContaining(users) as unknown })
    await new HostKeyStore([users]).verify({ ...target, host: 'g' }, ED, yes)
    expect(parseKnownHosts(readFileSync(users, 'utf8'))).toHaveLength(2)
  })
  test('trusts nobody when the file cannot be read', () => expect(new HostKeyStore([dir]).verify(target, ED, yes)).rejects.toMatchObject({ code: 'config' }))
})
