import type { CrossVersionObjectReference } from '../../../common/kube/generated/autoscaling-v2.ts'
import type { Resource } from '../../../common/kube/resource.ts'

/** The kind that a reference means, whatever version it names; an Error in upstream's words where there is none. */
export function targetResource(resources: readonly Resource[], { apiVersion = '', kind }: CrossVersionObjectReference): Resource {
  const slashes = apiVersion.split('/').length - 1
  if (slashes > 1) throw new Error(`unexpected GroupVersion string: ${apiVersion}`)
  const group = slashes === 1 ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  const found = resources.find((r) => r.group === group && r.kind === kind)
  if (found === undefined) throw new Error(`unable to determine resource for scale target reference: no matches for kind "${kind}" in group "${group}"`)
  return found
}
