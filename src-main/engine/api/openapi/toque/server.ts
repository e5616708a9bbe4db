import type { Schema } from '../definitions.ts'
import { META, text } from './shapes.ts'

/** Machines. */
export const SERVER: Readonly<Record<string, Schema>> = {
  'dev.toque.v1.Server': {
    description: 'A machine that the cluster runs on; the node of the same name is made of it.',
    type: 'object',
    properties: {
      apiVersion: text('APIVersion of this object.'), kind: text('Kind of this object.'), metadata: META,
      spec: { $ref: '#/definitions/dev.toque.v1.ServerSpec' }, status: { $ref: '#/definitions/dev.toque.v1.ServerStatus' },
    },
    required: ['spec'],
    'x-kubernetes-group-version-kind': [{ group: 'toque.dev', version: 'v1', kind: 'Server' }],
  },
  'dev.toque.v1.ServerSpec': {
    type: 'object',
    properties: {
      local: { type: 'boolean', description: 'The machine that the engine runs on, by its own Docker; nothing else is set then.' },
      host: text('Where SSH finds it: a name, an address, or an entry of ~/.ssh/config.'),
      port: { type: 'integer', format: 'int32', description: 'Default: as ~/.ssh/config says, else 22.' },
      user: text('Default: as ~/.ssh/config says, else root.'),
      zone: text('The failure zone: the label topology.kubernetes.io/zone of the node.'),
    },
  },
  'dev.toque.v1.ServerStatus': {
    type: 'object',
    properties: {
      phase: text('How the connection to it is: Connecting, Connected or Unreachable.'), reason: text('Why it is unreachable, in one word.'),
      message: text('Why it is unreachable, and what to do.'), retries: { type: 'boolean', description: 'It is tried again without anybody doing something.' },
    },
  },
}
