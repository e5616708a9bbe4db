import type { Examination, SwarmState } from '../../common/contract/index.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../docker/types.ts'

/** All that the checks look at: gathered once, then only read. What is not known is absent, and said in `missing`. */
export interface SwarmFacts {
  /** Milliseconds since the epoch, by the clock of the manager that was asked. */
  now: number
  state: SwarmState
  servers: ServerFacts[]
  nodes: SwarmNode[]
  services: SwarmService[]
  tasks: SwarmTask[]
  networks: OverlayFacts[]
  links: LinkFacts[]
  images: ImageFacts[]
  missing: Examination['missing']
}

/** What was seen on a server that this desk reaches and that is a node of the swarm. */
export interface ServerFacts {
  /** The desk's name for it. */
  name: string
  /** Its node's ID. */
  node: string
  /** Its clock minus this desk's, milliseconds, and how far that may be off: half of what the question took. */
  clock?: { offset: number; uncertain: number }
  dockerVersion: string
  ipvs?: 'loaded' | 'loadable' | 'none'
  /** Its own networks as CIDRs, without loopback and Docker's. */
  networks?: string[]
  /** What a container gets that says nothing about logs. */
  log?: { driver: string; options: Record<string, string> }
}

/** One way between two servers that was tried. */
export interface LinkFacts {
  /** Names of servers. */
  from: string
  to: string
  protocol: 'tcp' | 'udp'
  port: number
  /** `refused`: the server answers, but nothing listens there. */
  state: 'open' | 'refused' | 'closed'
  /** For the port of overlay networks: the largest packet that arrived whole, bytes with IP header; 0: none. And the largest that was tried. */
  largest?: { arrived: number; tried: number }
}

export interface OverlayFacts {
  id: string
  name: string
  ingress: boolean
  subnets: string[]
  /** What Docker takes for the network under it, bytes. A container's packet is 50 bytes smaller. */
  mtu: number
}

export interface ImageFacts {
  /** As the services name it. */
  image: string
  /** What the registry has it for: `linux/amd64`. */
  platforms?: string[]
  /** The registry's word, where it does not have it or does not give it. */
  refusal?: string
  /** On which servers it is already, and for what platform there. */
  present: Record<string, string>
}
