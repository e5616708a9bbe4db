import { expect, test } from 'vitest'
import { pathSegment } from './names.ts'

test.each([
  ['system:node', undefined], ['a b', undefined], ['.', "may not be '.'"], ['a/b', "may not contain '/'"], ['a%2f', "may not contain '%'"],
  ['a'.repeat(1024), undefined], ['a'.repeat(1025), 'must be no more than 1024 bytes'], ['\u00e4'.repeat(513), 'must be no more than 1024 bytes'],
])('a name of the least strict kinds: %j', (name, wrong) => expect(pathSegment(name)).toBe(wrong))
