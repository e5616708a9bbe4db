import { Lab } from '../lab/lab.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { Containers } from './containers.ts'
import { Toque } from './toque.ts'

/** A lab with one server and a Toque that manages it: what every acceptance test stands on. */
export interface Site {
  lab: Lab
  host: LabHost
  toque: Toque
  containers: Containers
  down(): Promise<void>
}

/** Makes one; `down` ends Toque first, then the lab. */
export async function siteUp(options: { kubectl?: string } = {}): Promise<Site> {
  const lab = await Lab.up({ hosts: 1 })
  try {
    const host = lab.host(1)
    const toque = await Toque.start({ host, ...options })
    return {
      lab, host, toque, containers: new Containers(host),
      down: async () => {
        await toque.stop()
        await lab.down()
      },
    }
  } catch (error) {
    await lab.down()
    throw error
  }
}
