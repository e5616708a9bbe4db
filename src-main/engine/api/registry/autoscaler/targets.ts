import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../../../../common/kube/generated/autoscaling-v2.ts'

const UNKNOWN = '<unknown>'
const SHOWN = 2

/** The cell TARGETS of an autoscaler's line: what each metric is, and should be. */
export function targetsCell(specs: readonly MetricSpec[] | undefined, statuses: readonly MetricStatus[] | undefined): string {
  if (specs === undefined || specs.length === 0) return '<none>'
  const cells = specs.map((spec, i) => cellOf(spec, statuses?.[i]))
  const more = cells.length - SHOWN
  return `${cells.slice(0, SHOWN).join(', ')}${more > 0 ? ` + ${String(more)} more...` : ''}`
}

function cellOf(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'Resource': return resourceCell(spec.resource, status?.resource?.current)
    case 'ContainerResource': return resourceCell(spec.containerResource, status?.containerResource?.current)
    case 'Pods': return `${status?.pods?.current.averageValue ?? UNKNOWN}/${spec.pods?.target.averageValue ?? ''}`
    case 'Object': return valueCell(spec.object?.target, status?.object?.current)
    case 'External': return valueCell(spec.external?.target, status?.external?.current)
    default: return '<unknown type>'
  }
}

function resourceCell(source: { name: string; target: MetricTarget } | undefined, current: MetricValueStatus | undefined): string {
  const { name = '', target } = source ?? {}
  if (target?.averageValue !== undefined) return `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`
  const percent = (value: number | undefined, none: string): string => (value === undefined ? none : `${String(value)}%`)
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(target?.averageUtilization, '<auto>')}`
}

function valueCell(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`
  return `${current?.value ?? UNKNOWN}/${target?.value ?? ''}`
}
