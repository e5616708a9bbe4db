import Docker from 'dockerode'
import { DockerLabel } from '../../src-main/common/docker-labels.ts'

/** How a killed container was replaced, by Docker's own events: milliseconds since the kill. */
export interface Healing {
  /** Docker's ID of the victim. */
  readonly victim: string
  /** From its death to the first thing done about it (a container made or started). */
  readonly detectMs: number
  /** From the kill to a replacement running. */
  readonly healMs: number
}

interface ContainerEvent {
  Action: string
  timeNano: number
  Actor: { ID: string; Attributes: Record<string, string> }
}

/** Kills the container of one pod (SIGKILL) and watches from outside, by Docker's events, how it is replaced. */
export async function killAndWatch(dockerSocket: string, podUid: string, ms: number): Promise<Healing> {
  const docker = new Docker({ socketPath: dockerSocket })
  const [victim] = await docker.listContainers({ filters: { label: [`${DockerLabel.podUid}=${podUid}`, `${DockerLabel.role}=app`] } })
  if (victim === undefined) throw new Error(`Docker runs no container of the pod ${podUid}`)
  const app = victim.Labels[DockerLabel.cluster] ?? ''
  const stream = await docker.getEvents({ filters: { type: ['container'], label: [`${DockerLabel.cluster}=${app}`] } })
  try {
    const healed = followHealing(stream, victim.Id, ms)
    await docker.getContainer(victim.Id).kill()
    return await healed
  } finally {
    ;(stream as NodeJS.ReadableStream & { destroy?: () => void }).destroy?.()
  }
}

function followHealing(stream: NodeJS.ReadableStream, victim: string, ms: number): Promise<Healing> {
  return new Promise((resolve, reject) => {
    let rest = ''
    let killedAt: number | undefined
    let diedAt: number | undefined
    let reactedAt: number | undefined
    setTimeout(() => reject(new Error(`The killed container was not replaced within ${String(ms / 1000)} s`)), ms).unref()
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { Action, timeNano, Actor } = JSON.parse(line) as ContainerEvent
        const at = timeNano / 1e6
        if (Actor.ID === victim && Action === 'kill') killedAt ??= at
        if (Actor.ID === victim && Action === 'die') diedAt ??= at
        if (diedAt === undefined) continue
        if (Action === 'create' || Action === 'start') reactedAt ??= at
        if (Action !== 'start' || Actor.Attributes[DockerLabel.role] !== 'app') continue
        resolve({ victim, detectMs: Math.round((reactedAt ?? at) - diedAt), healMs: Math.round(at - (killedAt ?? diedAt)) })
      }
    })
    stream.on('error', reject)
  })
}
