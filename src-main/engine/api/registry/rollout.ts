import { ROLLOUT_ORDER, Rollouts } from '../../../common/kube/rollout.ts'
import type { Rollout } from '../../../common/kube/rollout.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'
import { defaultStrategy } from './rollout/defaults.ts'
import { validateRollout } from './rollout/validate.ts'

/** Rollout: how one Deployment's new templates come in. */
export const rolloutKind = defineKind<Rollout>({
  resource: Rollouts,
  shortNames: ['ro'],
  categories: ['all'],
  hasStatus: true,
  hasGeneration: true,
  defaults({ spec }) {
    // A request's own: the schema does not say that it must be there.
    defaultStrategy((spec as Rollout['spec'] | undefined)?.strategy)
  },
  prepareForCreate(rollout) {
    delete rollout.status
  },
  validate: validateRollout,
  validateUpdate({ spec }, old, errors) {
    errors.immutable('spec.deployment', spec.deployment, spec.deployment === old.spec.deployment)
  },
  columns: [
    nameColumn,
    { name: 'Deployment', type: 'string', cell: ({ spec }) => spec.deployment },
    { name: 'Strategy', type: 'string', cell: ({ spec }) => (spec.strategy.blueGreen === undefined ? 'Canary' : 'BlueGreen') },
    { name: 'Phase', type: 'string', description: 'Waiting, Healthy, Progressing, Paused or Aborted.', cell: ({ status }) => status?.phase ?? 'Waiting' },
    { name: 'Step', type: 'string', description: 'The step under way.', cell: ({ status }) => (status?.step === undefined ? '' : `${String(Math.min(status.step + 1, status.steps ?? 0))}/${String(status.steps ?? 0)}`) },
    { name: 'Weight', type: 'string', description: 'Percent of the requests that the new revision gets.', cell: ({ status }) => (status?.weight === undefined ? '' : `${String(status.weight)} %`) },
    ageColumn,
    { name: 'Order', type: 'string', priority: 1, description: `The last ${ROLLOUT_ORDER} that was looked at.`, cell: ({ status }) => status?.order ?? '' },
    { name: 'Message', type: 'string', priority: 1, cell: ({ status }) => status?.message ?? '' },
  ],
})
