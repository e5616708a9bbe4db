import { expect, test } from 'vitest'
import { compareFingerprint, fingerprintCommand } from './fingerprint.ts'

const ONE = 'SHA256:uNiVztksCsDhcc0u9e8BrzqW1LWGZQkD9SHGWFjHXpA'
const TWO = 'SHA256:AAAAztksCsDhcc0u9e8BrzqW1LWGZQkD9SHGWFjHXpA'

test.each([
  ['', 'none'], ['  \n', 'none'], [ONE, 'same'], [`256 ${ONE} root@web-1 (ED25519)\n`, 'same'], [`2048 ${TWO} x (RSA)\n256 ${ONE} x (ED25519)`, 'same'],
  [TWO, 'other'], [ONE.slice(0, -1), 'other'], [ONE.toLowerCase(), 'other'], ['command not found', 'other'],
] as const)('%j is %s', (pasted, answer) => expect(compareFingerprint(pasted, ONE)).toBe(answer))

test.each([
  ['ssh-ed25519', 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'], ['ecdsa-sha2-nistp256', 'ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub'],
  ['rsa-sha2-512', 'ssh-keygen -lf /etc/ssh/ssh_host_rsa_key.pub'], ['ssh-new', 'ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub'],
])('%s is shown by %s', (type, command) => expect(fingerprintCommand(type)).toBe(command))
