import { describe, expect, test } from 'vitest'
import { hasDigest, taggedImage, withDigest, withoutDigest } from './image-name.ts'
import { capabilities } from './convert/capabilities.ts'
import { imageInFile } from './read-back/container.ts'

const DIGEST = `sha256:${'0'.repeat(64)}`

describe('images as Docker writes them into a service', () => {
  test.each([
    ['nginx', 'nginx:latest'], ['nginx:1.27', 'nginx:1.27'], ['docker.io/library/nginx', 'nginx:latest'], ['docker.io/me/app:1', 'me/app:1'], ['index.docker.io/library/nginx:2', 'nginx:2'], ['library/nginx', 'nginx:latest'],
    ['ghcr.io/me/app', 'ghcr.io/me/app:latest'], ['localhost:5000/app', 'localhost:5000/app:latest'], ['localhost:5000/app:3', 'localhost:5000/app:3'], [`nginx@${DIGEST}`, `nginx@${DIGEST}`], [`nginx:1@${DIGEST}`, `nginx:1@${DIGEST}`],
    ['f'.repeat(64), 'f'.repeat(64)], ['not an image', 'not an image'], ['', ''],
  ])('%s', (image, expected) => expect(taggedImage(image)).toBe(expected))
  test('with a digest and without', () => {
    expect(withDigest('nginx', DIGEST)).toBe(`nginx:latest@${DIGEST}`)
    expect(withDigest(`nginx@sha256:${'1'.repeat(64)}`, DIGEST)).toBe(`nginx@sha256:${'1'.repeat(64)}`)
    expect([withoutDigest(`a:1@${DIGEST}`), hasDigest(`a@${DIGEST}`), hasDigest('a:1')]).toEqual(['a:1', true, false])
  })
  test('as the file said it, while that is the same image', () => {
    expect(imageInFile(`nginx:latest@${DIGEST}`, 'docker.io/library/nginx')).toBe('docker.io/library/nginx')
    expect(imageInFile(`nginx:1.28@${DIGEST}`, 'nginx:1.27')).toBe(`nginx:1.28@${DIGEST}`)
    expect(imageInFile('nginx:latest', undefined)).toBe('nginx:latest')
  })
})

describe('capabilities', () => {
  test.each([
    [['net_admin', 'CAP_NET_ADMIN', ' chown'], undefined, ['CAP_CHOWN', 'CAP_NET_ADMIN'], undefined], [['ALL', 'CHOWN'], ['ALL'], ['ALL'], undefined], [['CHOWN'], ['CHOWN', 'MKNOD'], ['CAP_CHOWN'], ['CAP_MKNOD']],
    [['CHOWN'], ['ALL', 'KILL'], ['CAP_CHOWN'], ['ALL']], [undefined, undefined, undefined, undefined],
  ])('%j %j', (add, drop, added, dropped) => expect(capabilities(add, drop)).toEqual({ add: added, drop: dropped }))
})
