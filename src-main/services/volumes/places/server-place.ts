import { DockerLabel } from '../../../common/docker-labels.ts'
import { badRequest, messageOf } from '../../../common/errors.ts'
import type { VolumeFiles } from '../../../engine/nodes/volumes/docker-volumes.ts'
import { checkName, readAbout, writeAbout } from './copy-place.ts'
import type { CopyPlace } from './copy-place.ts'

/** What a copy is, on the Docker volume that it is. Labels cannot be changed, so a second, empty volume beside it has them: made last, it is what makes it a copy. */
const ABOUT_LABEL = 'toque.dev/copy'
const ABOUT = '-about'
/** Owner of such volumes, where a PersistentVolume's has its UID: no house-keeping and no leaving of a server takes it. */
const OWNER = 'copy'

/** Another server: each copy is a Docker volume there, with the files themselves. */
export function serverPlace(server: string, files: VolumeFiles): CopyPlace {
  const mine = async (volume: string): Promise<boolean> => {
    const owner = await files.owner(volume)
    if (owner !== undefined && owner !== OWNER) throw badRequest(`The server ${server} has a Docker volume named ${volume} that is no copy: rename or remove it first.`)
    return owner !== undefined
  }
  const remove = async (volume: string): Promise<void> => {
    if (await mine(volume)) await files.remove(volume)
  }
  return {
    async write(file, archive, signal) {
      const volume = volumeOf(file)
      try {
        await remove(volume)
        await files.create(volume, { [DockerLabel.volumeUid]: OWNER })
        await files.write(volume, archive, signal)
      } catch (error) {
        archive.destroy()
        signal.throwIfAborted()
        throw new Error(`The copy could not be written to server ${server}: ${messageOf(error)}`, { cause: error })
      }
    },
    async read(file, take, signal) {
      await files.read(volumeOf(file), take, () => undefined, signal)
    },
    async finish(about) {
      await files.create(volumeOf(about.file) + ABOUT, { [DockerLabel.volumeUid]: OWNER, [ABOUT_LABEL]: writeAbout(about) })
    },
    async about(file) {
      const text = (await files.labels(volumeOf(file) + ABOUT))?.[ABOUT_LABEL]
      try {
        if (text === undefined) throw new Error('there is no such copy')
        return readAbout(file, text)
      } catch (error) {
        throw badRequest(`${file} on server ${server} is not a saved volume: ${messageOf(error)}`)
      }
    },
    async remove(file) {
      await remove(volumeOf(file) + ABOUT)
      await remove(volumeOf(file))
    },
  }
}

function volumeOf(file: string): string {
  checkName(file)
  return `toque_copy_${file.replace(/\.tar\.gz$/, '')}`
}
