import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import { badRequest } from '../../../common/errors.ts'
import { archiveEntries } from '../../../hosts/docker-archive.ts'
import type { ContainerStreams } from '../container-runtime.ts'
import { dockerStatus } from '../../../hosts/docker-error.ts'
import { docking, translated } from './docker-error.ts'
import { dockerExec, dockerSession } from '../../../hosts/docker-session.ts'
import { dockerLog, dockerTime } from '../../../hosts/docker-log.ts'
import { onlyPayload } from '../../../hosts/multiplexed.ts'

/** Bytes in and out of containers of one Docker. */
export function dockerStreams(docker: Docker): ContainerStreams {
  return {
    async unpack(id, tar) {
      await docking(docker.getContainer(id).putArchive(tar, { path: '/' }))
    },

    async readLink(id, path) {
      try {
        const answer = await docker.getContainer(id).infoArchive({ path }) as unknown as IncomingMessage
        answer.resume()
        const stat = JSON.parse(Buffer.from(String(answer.headers['x-docker-container-path-stat'] ?? 'e30='), 'base64').toString()) as { linkTarget?: string }
        // Docker answers with a path inside the container; links in pod volumes are relative.
        return stat.linkTarget?.split('/').at(-1)
      } catch (error) {
        if (dockerStatus(error) === 404) return undefined
        throw translated(error)
      }
    },

    async stat(id, path) {
      try {
        for await (const entry of archiveEntries(await docker.getContainer(id).getArchive({ path }))) {
          const { uid = 0, gid = 0, mode = 0, type, linkname } = entry.header
          return { uid, gid, mode: mode & 0o7777, ...(type === 'symlink' ? { link: linkname ?? '' } : {}) }
        }
        return undefined
      } catch (error) {
        if (dockerStatus(error) === 404) return undefined
        throw translated(error)
      }
    },

    async readFile(id, path, limit) {
      const archive = await docking(docker.getContainer(id).getArchive({ path }))
      let found: { content: Uint8Array; modifiedAt: number } = { content: new Uint8Array(), modifiedAt: 0 }
      for await (const entry of archiveEntries(archive)) {
        let tail: Buffer = Buffer.alloc(0)
        for await (const chunk of entry as AsyncIterable<Buffer>) tail = Buffer.concat([tail, chunk]).subarray(-limit)
        if (entry.header.type === 'file') found = { content: tail, modifiedAt: entry.header.mtime?.getTime() ?? 0 }
      }
      return found
    },

    exec: (id, options) => dockerExec(docker, id, options, docking),

    async attach(id, { stdin, tty }) {
      const container = docker.getContainer(id)
      const stream = await docking(container.attach({ stream: true, hijack: true, stdin, stdout: true, stderr: true })) as Duplex
      // Docker attaches to a container that has ended as well, and then waits for ever. The caller turns to the log instead.
      const { State } = await docking(container.inspect())
      if (!State.Running) {
        stream.destroy()
        throw badRequest(`the container ended (exit code ${String(State.ExitCode)}) before anything could attach to it: see its log`)
      }
      // The container may live on; its exit code is only known when it has ended.
      const exitCode = async (): Promise<number> => (await docking(container.inspect())).State.ExitCode
      return dockerSession(stream, tty, exitCode, (w, h) => docking(container.resize({ w, h }) as Promise<unknown>))
    },

    async *logs(id, { follow, timestamps, tailLines, since, until }, signal) {
      const query = {
        follow, stdout: true, stderr: true, timestamps,
        ...(tailLines === undefined ? {} : { tail: tailLines }),
        ...(since === undefined ? {} : { since: dockerTime(since) }),
        ...(until === undefined ? {} : { until: dockerTime(until) }),
      }
      const [{ Config }, stream] = await docking(Promise.all([docker.getContainer(id).inspect(), dockerLog(docker, `/containers/${id}/logs`, query, signal)]))
      try {
        yield* Config.Tty ? stream : onlyPayload(stream)
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}
