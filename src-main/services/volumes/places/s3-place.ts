import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { createGunzip, createGzip } from 'node:zlib'
import { badRequest, messageOf } from '../../../common/errors.ts'
import type { S3Target } from '../../../common/kube/volume-copies.ts'
import { checkName, handOn, readAbout, writeAbout } from './copy-place.ts'
import type { CopyPlace } from './copy-place.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { S3Refusal, unreachable } from './s3-errors.ts'
import { upload } from './s3-upload.ts'

const ABOUT = '.json'

/** A bucket: for each copy an object, and what it is beside it, put there last. */
export function s3Place(target: S3Target, bucket: S3Bucket): CopyPlace {
  const key = (file: string, more = ''): string => {
    checkName(file)
    return (target.prefix ?? '') + file + more
  }
  return {
    async write(file, archive, signal) {
      await handOn((to, either) => pipeline(archive, createGzip(), to, { signal: either }), (zipped, either) => upload(bucket, key(file), zipped, either), signal)
    },
    async read(file, take, signal) {
      await handOn(async (to, either) => {
        const response = await bucket.ask('GET', key(file), { signal: either })
        try {
          if (response.body !== null) await pipeline(Readable.fromWeb(response.body as ReadableStream), createGunzip(), to, { signal: either })
        } catch (error) {
          either.throwIfAborted()
          throw isOfNetwork(error) ? unreachable(target, error) : error
        }
      }, take, signal)
    },
    async finish(about, signal) {
      await bucket.ask('PUT', key(about.file, ABOUT), { body: new TextEncoder().encode(writeAbout(about)), signal })
    },
    async about(file, signal) {
      try {
        return readAbout(file, await (await bucket.ask('GET', key(file, ABOUT), { signal })).text())
      } catch (error) {
        if (error instanceof S3Refusal && error.code !== 'NoSuchKey') throw error
        throw badRequest(`${key(file)} in the bucket "${target.bucket}" is not a saved volume: ${messageOf(error)}`)
      }
    },
    async remove(file, signal) {
      // Deleting what is not there is fine, in S3.
      for (const more of [ABOUT, '']) {
        await bucket.ask('DELETE', key(file, more), { signal }).catch((error: unknown) => {
          if (!(error instanceof S3Refusal) || error.status !== 404 || error.code === 'NoSuchBucket') throw error
        })
      }
    },
  }
}

function isOfNetwork(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return message === 'terminated' || code === 'ECONNRESET' || code?.startsWith('UND_ERR') === true
}
