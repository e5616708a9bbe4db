import { join } from 'node:path'
import type Docker from 'dockerode'
import { expect, test } from 'vitest'
import { ensureHelper } from './helper-container.ts'

const options = { clusterId: '01234567-89ab', image: 'helper:1', recipe: join(import.meta.dirname, '../../../resources/node-helper') }
const REFUSAL = 'mounts denied: the path /data/docker/volumes is not shared from the host and is not known to Docker.'

/** A Docker as far as a new helper needs one, which refuses to mount what `refuses` says. */
function dockerThat(refuses: (source: string) => string | undefined): { docker: Docker; sources: string[][] } {
  const sources: string[][] = []
  const docker = {
    listContainers: () => Promise.resolve([]), info: () => Promise.resolve({ DockerRootDir: '/data/docker' }), getImage: () => ({ inspect: () => Promise.resolve({}) }),
    createContainer: ({ HostConfig }: Docker.ContainerCreateOptions) => {
      const mounted = (HostConfig?.Mounts ?? []).map(({ Source }) => Source)
      sources.push(mounted)
      const why = mounted.map(refuses).find((said) => said !== undefined)
      return why === undefined ? Promise.resolve({ id: 'made', putArchive: () => Promise.resolve(), start: () => Promise.resolve() }) : Promise.reject(new Error(why))
    },
  }
  return { docker: docker as unknown as Docker, sources }
}

test('the helper sees the volumes of its Docker, wherever that keeps them', async () => {
  const { docker, sources } = dockerThat(() => undefined)
  expect(await ensureHelper(docker, options)).toBe('made')
  expect(sources).toEqual([expect.arrayContaining(['/data/docker/volumes'])])
})

test('a Docker that lets nobody mount them has a helper all the same; any other refusal is told', async () => {
  const { docker, sources } = dockerThat((source) => (source === '/data/docker/volumes' ? REFUSAL : undefined))
  expect(await ensureHelper(docker, options)).toBe('made')
  expect(sources[1]).toEqual((sources[0] ?? []).filter((source) => source !== '/data/docker/volumes'))
  const other = dockerThat((source) => (source === '/sys/fs/cgroup' ? 'no room' : undefined))
  await expect(ensureHelper(other.docker, options)).rejects.toThrow('no room')
})
