import type { Schema } from '../definitions.ts'
import { count, flag, kindOf, part, text } from './shapes.ts'

/** Machines. */
export const SERVER: Readonly<Record<string, Schema>> = {
  'dev.toque.v1.Server': kindOf('Server', 'A machine that the cluster runs on; the node of the same name is made of it.', { spec: part('ServerSpec'), status: part('ServerStatus') }, ['spec']),
  'dev.toque.v1.ServerSpec': {
    type: 'object',
    properties: {
      local: flag('The machine that the engine runs on, by its own Docker; nothing else is set then.'),
      host: text('Where SSH finds it: a name, an address, or an entry of ~/.ssh/config.'),
      port: count('Default: as ~/.ssh/config says, else 22.'),
      user: text('Default: as ~/.ssh/config says, else root.'),
      zone: text('The failure zone: the label topology.kubernetes.io/zone of the node.'),
    },
  },
  'dev.toque.v1.ServerStatus': {
    type: 'object',
    properties: {
      phase: text('How the connection to it is: Connecting, Connected or Unreachable.'), reason: text('Why it is unreachable, in one word.'),
      message: text('Why it is unreachable, and what to do.'), retries: flag('It is tried again without anybody doing something.'),
    },
  },
}
