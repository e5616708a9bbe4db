import { DockerLabel } from '../../../common/docker-labels.ts'
import type { ListedContainer, NodeRuntime } from '../container-runtime.ts'

/** How long an orphan may take to end. */
const ORPHAN_GRACE_S = 10

/** Ends and removes containers whose pods are no more: their apps first, gracefully, then their sandboxes. */
export async function removeOrphans(runtime: NodeRuntime, orphans: readonly ListedContainer[]): Promise<void> {
  const isSandbox = (c: ListedContainer): boolean => c.labels[DockerLabel.role] === 'sandbox'
  await Promise.all(orphans.filter((c) => !isSandbox(c)).map(async (c) => {
    if (c.state === 'running' || c.state === 'restarting') await runtime.containers.stop(c.id, ORPHAN_GRACE_S)
    await runtime.containers.remove(c.id)
  }))
  await Promise.all(orphans.filter(isSandbox).map((c) => runtime.containers.remove(c.id)))
}

/** Removes volumes of pods that are no more, and sandbox images of other versions of Toque that nothing uses. Never anything of the user's. */
export async function removeLeftovers(runtime: NodeRuntime, isAlive: (podUid: string) => boolean): Promise<void> {
  for (const { name, podUid } of await runtime.resources.volumes()) {
    if (!isAlive(podUid)) await runtime.resources.removeVolume(name)
  }
  const current = await runtime.images.ensureSandbox()
  for (const image of await runtime.images.list()) {
    const ours = image.tags.length > 0 && image.tags.every((tag) => tag.startsWith('toque.dev/sandbox:'))
    // Docker refuses while a container uses it: then it goes another time.
    if (ours && !image.tags.includes(current)) await runtime.images.remove(image.id).catch(() => undefined)
  }
}
