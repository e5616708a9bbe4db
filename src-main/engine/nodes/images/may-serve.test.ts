import { expect, test } from 'vitest'
import { mayServe, repositoryOf } from './may-serve.ts'

const BUILT: string[] = []
const FROM_REG = ['reg.example/app@sha256:aa']

test.each<[string, Partial<Parameters<typeof mayServe>[0]>, string[], string[], boolean]>([
  ['built on a desk, no registry knows it', { refused: true }, BUILT, [], true],
  ['its registry is away', { refused: false }, FROM_REG, [], true],
  ['its registry refuses this pod', { refused: true }, FROM_REG, [], false],
  ['it came from elsewhere, under this name because somebody gave it that name', { refused: true }, ['other.example/app@sha256:aa'], [], true],
  ['came by a secret, asked for without one while the registry is away', { refused: false }, FROM_REG, ['ns-a-secret'], false],
  ['came by another namespace\'s secret', { refused: false, secrets: ['ns-b-secret'] }, FROM_REG, ['ns-a-secret'], false],
  ['came by the same secret', { refused: false, secrets: ['ns-a-secret'] }, FROM_REG, ['ns-a-secret'], true],
  ['came by the same secret, which the registry does not take any more', { refused: true, secrets: ['ns-a-secret'] }, FROM_REG, ['ns-a-secret'], false],
  ['a second-hand copy of it, without its registry\'s name', { refused: true }, [], ['ns-a-secret'], false],
  ['it has two secrets\' marks', { refused: false, secrets: ['b'] }, [], ['a', 'b'], true],
  ['Docker Hub has no such official image; this store names what was built by digest, too', { refused: true, reference: 'myapp:dev' }, ['myapp@sha256:aa'], [], true],
  ['Docker Hub refuses a user\'s image', { refused: true, reference: 'me/myapp:dev' }, ['me/myapp@sha256:aa'], [], false],
])('%s', (_, asked, digests, privateBy, expected) => {
  expect(mayServe({ reference: 'reg.example/app:1', refused: false, secrets: [], ...asked }, { digests }, privateBy)).toBe(expected)
})

test.each([
  ['nginx', 'docker.io/library/nginx'], ['nginx:1', 'docker.io/library/nginx'], ['me/app', 'docker.io/me/app'], ['docker.io/nginx', 'docker.io/library/nginx'], ['index.docker.io/me/app:1', 'docker.io/me/app'],
  ['reg:5000/app', 'reg:5000/app'], ['reg:5000/team/app:1', 'reg:5000/team/app'], ['localhost/app:1', 'localhost/app'], ['ghcr.io/a/b@sha256:00', 'ghcr.io/a/b'], ['ghcr.io/a/b:1@sha256:00', 'ghcr.io/a/b'],
])('%s is in %s', (reference, repository) => expect(repositoryOf(reference)).toBe(repository))
