import { expect, test } from 'vitest'
import { holdsSecret } from './holds-secret.ts'

test.each([
  ['apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: x}\n', true], ['kind: Secret\ndata: {password: eA==}\n', true], ['kind: ConfigMap\ndata: {a: b}\n---\nkind: Secret\ndata: {a: b}\n', true],
  ['kind: List\nitems:\n- kind: Secret\n  stringData: {a: b}\n', true], ['services: {a: {image: x}}\nsecrets: {s: {content: correct horse}}\n', true], ['secrets:\n  s:\n    content: correct horse\n   bad: [\n', true],
  ['kind: Secret\nmetadata: {name: a}\n', false], ['kind: ConfigMap\ndata: {secret: b}\n', false], ['services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {file: ./s}}\n', false], ['services:\n  a: {image: x}\n', false], ['', false], ['secrets', false], [`kind: Secret\ndata: {a: ${'['.repeat(5_000)}`, true],
])('%j', (text, expected) => expect(holdsSecret(text)).toBe(expected))
