import { expect, test } from 'vitest'
import { registryOf } from './registry-of.ts'
import { whyWords } from './words.ts'

test.each([['nginx', ''], ['me/app', ''], ['docker.io/me/app', ''], ['ghcr.io/me/app:1', 'ghcr.io'], ['127.0.0.1:5000/app', '127.0.0.1:5000'], ['localhost/app', 'localhost'], ['', '']])('%s is on "%s"', (image, registry) => {
  expect(registryOf(image)).toBe(registry)
})

test('a table\'s cell says how much of an image is there', () => {
  expect(whyWords({ reason: 'Pulling', message: 'copying app:1 from server b: 1.2 of 40 MB' })).toBe('Getting the image: 1.2 / 40 MB')
  expect(whyWords({ reason: 'Pulling', message: 'waiting until other images are copied, before app:1' })).toBe('Getting the image')
  expect(whyWords({ reason: 'ErrImagePull', message: 'x: 1 of 2 MB' })).toBe('Image cannot be pulled')
})
