import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Nodes } from '../../../src-main/common/kube/kinds.ts'
import { AS_TESTER } from '../../../src-main/engine/api/testing/test-api.ts'
import { kubectl120, kubectl132 } from '../../lab/tools.ts'
import { inNamespace, withoutUser } from '../kubeconfig.ts'
import { ServedCluster } from '../served-cluster.ts'
import { runSession, type SessionPlace } from '../session.ts'
import { forOldKubectl, type Step } from '../step.ts'
import { applying } from './applying.ts'
import { authorizing } from './authorizing.ts'
import { changing } from './changing.ts'
import { creating } from './creating.ts'
import { custom } from './custom.ts'
import { describing } from './describing.ts'
import { discovering } from './discovering.ts'
import { writeFiles } from './files.ts'
import { getting } from './getting.ts'
import { nodes } from './nodes.ts'
import { programs } from './programs.ts'
import { rolling } from './rolling.ts'

/** Every session, by its name. */
export const SESSIONS = { creating, applying, getting, describing, changing, rolling, nodes, programs, authorizing, discovering, custom } satisfies Record<string, readonly Step[]>

export type SessionName = keyof typeof SESSIONS

/** A kubectl under test. */
export interface Version {
  readonly version: '1.32' | '1.20'
  path(): string
  /** The node that its sessions empty: nobody else's pods are there. */
  readonly ownNode: string
}

export const NEW: Version = { version: '1.32', path: kubectl132, ownNode: 'node-003' }
export const OLD: Version = { version: '1.20', path: kubectl120, ownNode: 'node-004' }

const KUBECTL_LOOKS_AT = ['EDITOR', 'KUBE_EDITOR', 'KUBECONFIG', 'HOME']

/** A session's commands, as this kubectl takes them. */
export function commandsOf(name: SessionName, { version }: Version): Step[] {
  const steps: readonly Step[] = SESSIONS[name]
  return version === '1.32' ? [...steps] : steps.map(forOldKubectl).filter((step) => step !== undefined)
}

/** A cluster for sessions, with the nodes that they empty kept for them. */
export async function clusterForSessions(): Promise<ServedCluster> {
  const served = await ServedCluster.start(4)
  for (const { ownNode } of [NEW, OLD]) await served.cluster.api.patch(Nodes, '', ownNode, 'application/merge-patch+json', { spec: { taints: [{ key: 'kept', effect: 'NoSchedule' }] } }, 'main', AS_TESTER)
  return served
}

/** A namespace, a folder with files and a kubeconfig of its own for a session. */
export async function placeFor(served: ServedCluster, { version, path, ownNode }: Version, name: string): Promise<SessionPlace> {
  const ns = `${name}-${version.replace('.', '-')}`
  const [home, dir, config] = [join(served.dir, `home-${version}`), join(served.dir, ns), join(served.dir, `${ns}.json`)]
  const kubeconfig = await readFile(served.server.kubeconfig, 'utf8')
  await mkdir(home, { recursive: true })
  await writeFiles(dir)
  await writeFile(join(dir, 'nobody.yaml'), withoutUser(kubeconfig))
  await writeFile(config, inNamespace(kubeconfig, ns))
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([key]) => !KUBECTL_LOOKS_AT.includes(key)))
  // Each runs so briefly that collecting its garbage costs more than its memory.
  const env = { ...inherited, HOME: home, KUBECONFIG: config, GOGC: 'off' }
  const place = { program: path(), env, dir, known: { ns, dir, node: ownNode, pki: join(served.dir, 'pki') } }
  const wrong = await runSession([{ run: 'create namespace {ns}' }], place)
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return place
}
