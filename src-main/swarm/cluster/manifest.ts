import { stringify } from 'yaml'
import type { SwarmService } from '../docker/types.ts'

/** Any of Docker's objects as YAML, its fields in Docker's spelling. */
export function toYaml(object: unknown): string {
  return stringify(object, { lineWidth: 0, sortMapEntries: true })
}

/** A service as YAML, with all that Docker says of it. */
export function serviceYaml(service: SwarmService): string {
  return toYaml(service)
}
