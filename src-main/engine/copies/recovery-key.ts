import { createHash, hkdfSync, randomBytes } from 'node:crypto'

/** Crockford's base 32: no letter that is taken for another. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const KEY_BYTES = 20
const SUM_LETTERS = 4
const GROUP = 4

/** What a person keeps to open the copies of a cluster's state that its servers hold: 160 random bits, as `K7Q2-...` in nine groups of four, the last a check sum. */
export function newRecoveryKey(): string {
  return format(randomBytes(KEY_BYTES))
}

/** The key that the copies of one cluster are encrypted with. Throws RecoveryKeyError with a sentence when the text is no recovery key. */
export function copyKey(recoveryKey: string, clusterId: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', parse(recoveryKey), clusterId, 'toque copy of the state', 32))
}

/** Not a recovery key, or not this cluster's. The message says what to look at. */
export class RecoveryKeyError extends Error {
  override readonly name = 'RecoveryKeyError'
}

function format(bytes: Uint8Array): string {
  const letters = encode(bytes) + checkSum(bytes)
  return letters.match(new RegExp(`.{${String(GROUP)}}`, 'g'))?.join('-') ?? letters
}

function parse(text: string): Uint8Array {
  const letters = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')
  const wanted = (KEY_BYTES * 8) / 5 + SUM_LETTERS
  const wrong = [...letters].find((letter) => !LETTERS.includes(letter))
  if (wrong !== undefined) throw new RecoveryKeyError(`“${wrong}” is in no recovery key. It has ${String(wanted / GROUP)} groups of ${String(GROUP)} letters and digits.`)
  if (letters.length !== wanted) throw new RecoveryKeyError(`A recovery key has ${String(wanted / GROUP)} groups of ${String(GROUP)} letters and digits; this one has ${String(letters.length)} of ${String(wanted)} characters.`)
  const bytes = decode(letters.slice(0, -SUM_LETTERS))
  if (checkSum(bytes) !== letters.slice(-SUM_LETTERS)) throw new RecoveryKeyError('The recovery key has a typing mistake: its last group does not fit the others.')
  return bytes
}

function checkSum(bytes: Uint8Array): string {
  return encode(createHash('sha256').update(bytes).digest()).slice(0, SUM_LETTERS)
}

function encode(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => LETTERS[parseInt(five.padEnd(5, '0'), 2)]).join('')
}

function decode(letters: string): Uint8Array {
  const bits = [...letters].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Uint8Array.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
}
