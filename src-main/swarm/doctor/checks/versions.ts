import { groupBy } from '../../../common/group-by.ts'
import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { nodeRef } from '../refs.ts'

/** Nodes that run different versions of Docker. A difference of a patch only is told, but does no harm. */
export const checkVersions: Check = ({ nodes }) => {
  const up = nodes.filter(({ Status }) => Status.State === 'ready')
  const versions = groupBy(up, ({ Description }) => Description.Engine?.EngineVersion ?? '')
  if (versions.size < 2) return []
  const minors = new Set([...versions.keys()].map((version) => version.split('.').slice(0, 2).join('.')))
  const words = [...versions].map(([version, group]) => `${version} on ${listed(group.map(({ Description }) => Description.Hostname))}`)
  return [finding(
    minors.size > 1 ? 'warning' : 'info', 'VersionsDiffer', `The nodes run different versions of Docker: ${words.join('; ')}. What one understands another may not.`,
    up.map(({ ID }) => nodeRef(ID, nodes)), 'Update them one after the other: drain a node, update Docker there, make it active again; managers last.')]
}
