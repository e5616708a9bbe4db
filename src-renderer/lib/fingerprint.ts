/** Does what someone pasted (`ssh-keygen -l` prints more than the fingerprint) hold this fingerprint? `none`: it holds no fingerprint at all. */
export function compareFingerprint(pasted: string, fingerprint: string): 'same' | 'other' | 'none' {
  const found = pasted.match(/SHA256:[A-Za-z0-9+/]{43}=?/g)?.map((f) => f.replace(/=$/, '')) ?? []
  if (found.length === 0) return pasted.trim() === '' ? 'none' : 'other'
  return found.includes(fingerprint.replace(/=$/, '')) ? 'same' : 'other'
}

/** A key's type as people say it: `ED25519`. */
export function keyTypeWord(keyType: string): string {
  if (/ed25519/i.test(keyType)) return 'ED25519'
  if (/ecdsa/i.test(keyType)) return 'ECDSA'
  return /rsa/i.test(keyType) ? 'RSA' : keyType
}

/** What prints the fingerprint when it is run on the server. */
export function fingerprintCommand(keyType: string): string {
  const type = keyTypeWord(keyType)
  return `ssh-keygen -lf /etc/ssh/ssh_host_${['ED25519', 'ECDSA', 'RSA'].includes(type) ? type.toLowerCase() : '*'}_key.pub`
}
