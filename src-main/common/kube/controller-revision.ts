import type { ControllerRevision } from './generated/apps-v1.ts'
import type { PodTemplateSpec } from './generated/core-v1.ts'

/** The pod template that a ControllerRevision keeps; it keeps it as a strategic merge patch. */
export function templateOf({ data }: Pick<ControllerRevision, 'data'>): PodTemplateSpec {
  const { $patch: _, ...template } = (data as { spec: { template: PodTemplateSpec & { $patch?: string } } }).spec.template
  return template
}
