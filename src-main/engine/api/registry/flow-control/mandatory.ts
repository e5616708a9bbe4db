import type { FlowSchemaSpec, PriorityLevelConfigurationSpec, ResourcePolicyRule } from '../../../../common/kube/generated/flowcontrol-apiserver-v1.ts'

const EVERYTHING: { resourceRules: ResourcePolicyRule[]; nonResourceRules: { verbs: string[]; nonResourceURLs: string[] }[] } = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
}

const group = (name: string): { kind: string; group: { name: string } } => ({ kind: 'Group', group: { name } })

/** The flow schemas that every cluster has and nobody can change: administrators first, and whatever nothing else matches last. */
export const MANDATORY_FLOWS: Readonly<Record<string, FlowSchemaSpec>> = {
  'exempt': { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 1, rules: [{ subjects: [group('system:masters')], ...EVERYTHING }] },
  'catch-all': {
    priorityLevelConfiguration: { name: 'catch-all' }, matchingPrecedence: 10_000, distinguisherMethod: { type: 'ByUser' },
    rules: [{ subjects: [group('system:unauthenticated'), group('system:authenticated')], ...EVERYTHING }],
  },
}

/** The priority levels that every cluster has. Of `exempt` the shares may be changed, of `catch-all` nothing. */
export const MANDATORY_LEVELS: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  'exempt': { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  'catch-all': { type: 'Limited', limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } } },
}
