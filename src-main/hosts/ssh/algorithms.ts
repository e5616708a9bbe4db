import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2'

const HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256',
]

/**
 * What we agree to: nothing with SHA-1, no CBC, no compression. OpenSSH has had all of the first choices since 6.5 (2014).
 * Host key types in `known` come first, so that a server with several keys shows the one we know.
 */
export function algorithms(known: readonly string[]): Algorithms {
  const isKnown = (algorithm: string): boolean => known.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm)
  return {
    kex: [
      'curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521',
      'diffie-hellman-group16-sha512', 'diffie-hellman-group18-sha512', 'diffie-hellman-group14-sha256', 'diffie-hellman-group-exchange-sha256',
    ],
    serverHostKey: [...HOST_KEYS.filter(isKnown), ...HOST_KEYS.filter((algorithm) => !isKnown(algorithm))],
    // Ciphers are left to the library: AES-GCM, AES-CTR and ChaCha20, as far as the runtime has them (Electron's BoringSSL has no ChaCha20 for it,
    // and naming one that is missing makes every connection fail).
    hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
    compress: ['none'],
  }
}
