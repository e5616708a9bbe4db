import { badRequest } from '../../../common/errors.ts'
import { Secrets } from '../../../common/kube/kinds.ts'
import type { CopyTarget, S3Target } from '../../../common/kube/volume-copies.ts'
import { getIfThere } from '../../../engine/client/retry.ts'
import { filesOf } from '../volume-parts.ts'
import type { VolumeParts } from '../volume-parts.ts'
import type { CopyPlace } from './copy-place.ts'
import { folderPlace } from './folder-place.ts'
import { S3Bucket } from './s3-bucket.ts'
import type { S3Login } from './s3-bucket.ts'
import { s3Place } from './s3-place.ts'
import { serverPlace } from './server-place.ts'

/** The place that a target names, for objects of a namespace. Throws a sentence where it cannot be used. */
export async function placeOf(parts: VolumeParts, namespace: string, { folder, server, s3 }: CopyTarget): Promise<CopyPlace> {
  if (folder !== undefined) return folderPlace(folder.path)
  if (server !== undefined) return serverPlace(server.name, filesOf(parts, server.name))
  if (s3 === undefined) throw badRequest('The target says neither folder nor server nor s3.')
  return s3Place(s3, new S3Bucket(s3, await loginOf(parts, namespace, s3), parts.clock))
}

async function loginOf({ client }: VolumeParts, namespace: string, { secretName }: S3Target): Promise<S3Login> {
  const secret = await getIfThere(client, Secrets, namespace, secretName)
  if (secret === undefined) throw badRequest(`There is no Secret "${secretName}" in ${namespace} with the keys for S3: make it, with accessKeyId and secretAccessKey.`)
  const read = (key: string): string | undefined => {
    const value = secret.data?.[key]
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8').trim()
  }
  const [accessKeyId, secretAccessKey, sessionToken] = [read('accessKeyId'), read('secretAccessKey'), read('sessionToken')]
  if (!accessKeyId || !secretAccessKey) throw badRequest(`The Secret "${secretName}" in ${namespace} has no accessKeyId or no secretAccessKey.`)
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
