import type { Schema } from './definitions.ts'
import { VOLUME_COPY_DEFINITIONS } from './volume-copy-definitions.ts'

// The kinds of the group toque.dev, described as Kubernetes describes its own.

const text = (description: string): Schema => ({ type: 'string', description })
const META: Schema = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }

/** Definitions by name, beside Kubernetes' own. */
export const TOQUE_DEFINITIONS: Readonly<Record<string, Schema>> = {
  ...VOLUME_COPY_DEFINITIONS,
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
