import type { ClaimRef, TransferProgress } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { whileHeld } from './hold-claim.ts'
import { compare, counter, emptyVolume, sizeText, switchTo } from './transfer.ts'
import { filesOf, keptVolume, targetsFor } from './volume-parts.ts'
import type { VolumeParts } from './volume-parts.ts'

/** Moves a claim's data to another server. The pods are ended first, and start there; when anything fails before the switch, they start where they were. */
export function moveVolume(parts: VolumeParts, ref: ClaimRef, server: string): Stream<TransferProgress> {
  return makeStream(async (push, signal) => {
    const { at } = await keptVolume(parts, ref)
    if (at.node === server) throw badRequest(`The data of the claim "${ref.name}" is on server ${server} already.`)
    if (!(await targetsFor(parts, at.node)).includes(server)) throw badRequest(`The server ${server} is not Ready, or takes no new pods.`)
    const digest = await whileHeld(parts, ref, `moved to server ${server}`, push, signal, async () => {
      // As it is now that nobody else can handle it.
      const kept = await keptVolume(parts, ref)
      const to = { node: server, name: kept.at.name }
      const [source, target] = [filesOf(parts, kept.at.node), filesOf(parts, server)]
      await emptyVolume(parts, kept, to)
      try {
        const count = counter(parts.clock, push, 'copying', await source.size(kept.at.name))
        const content = await source.read(kept.at.name, (archive, reading) => target.write(to.name, archive, reading), count, signal)
        await compare(parts, to, content, push, signal)
        signal.throwIfAborted()
        await switchTo(parts, kept, to)
        parts.recorder.event(kept.claim, 'Normal', 'VolumeMoved', `Its data moved from server ${kept.at.node} to server ${server} (${sizeText(content)})`)
        return content.digest
      } catch (error) {
        const now = await keptVolume(parts, ref).catch(() => undefined)
        if (now !== undefined && now.at.node !== server) await target.remove(to.name).catch(() => undefined)
        throw error
      }
    })
    await push({ phase: 'done', doneBytes: 0, digest })
  })
}
