import { expect, test } from 'vitest'
import { readSizes } from './volume-sizes.ts'

test('bytes by name; what du says of a volume that is gone is nothing', () => {
  expect(readSizes('2052\t/host/volumes/toque_u_data/_data\ndu: /host/volumes/toque_u_gone/_data: No such file or directory\n0\t/host/volumes/toque_u_empty/_data')).toEqual(new Map([['toque_u_data', 2_101_248], ['toque_u_empty', 0]]))
  expect(readSizes('')).toEqual(new Map())
})
