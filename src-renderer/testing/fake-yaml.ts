import { LineCounter, parseAllDocuments, stringify as stringifyYaml } from 'yaml'
import type { ObjectRef, Plan, PlannedChange, Problem } from '../../src-main/common/contract/index.ts'
import type { FakeApp } from './fake-world.ts'

/** YAML as people write it: without anchors. */
export function stringify(value: unknown): string {
  return stringifyYaml(value, { aliasDuplicateObjects: false, lineWidth: 0 })
}

/** The object of a fake app. */
export function deploymentOf(app: FakeApp): Record<string, unknown> {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: app.ref.name, namespace: app.ref.namespace, labels: app.labels },
    spec: {
      replicas: app.desired, selector: { matchLabels: app.labels },
      template: { metadata: { labels: app.labels }, spec: { containers: app.containers.map((c) => ({ name: c.name, image: c.image, ports: c.ports.map((containerPort) => ({ containerPort })) })) } },
    },
  }
}

/** Reads documents as the engine's dry run would: problems at their place, changes against what there is. */
export function fakePlan(text: string, find: (ref: ObjectRef) => Record<string, unknown> | undefined): Plan & { objects: Record<string, unknown>[] } {
  const lines = new LineCounter()
  const problems: Problem[] = []
  const changes: PlannedChange[] = []
  const objects: Record<string, unknown>[] = []
  for (const document of parseAllDocuments(text, { lineCounter: lines })) {
    if (!('errors' in document)) continue
    for (const error of document.errors) {
      const { line, col } = lines.linePos(error.pos[0])
      problems.push({ severity: 'error', message: error.message.split('\n')[0] ?? '', line, column: col })
    }
    if (document.errors.length > 0) continue
    const object = document.toJS() as Record<string, unknown> | null
    if (object === null) continue
    const place = (path: string[]): { line?: number; column?: number } => {
      const range = (document.getIn(path, true) as { range?: [number, number, number] } | undefined)?.range
      if (range === undefined) return {}
      const { line, col } = lines.linePos(range[0])
      return { line, column: col }
    }
    const { apiVersion, kind, metadata, spec } = object as { apiVersion?: string; kind?: string; metadata?: { name?: string; namespace?: string }; spec?: Record<string, unknown> }
    if (apiVersion === undefined || kind === undefined || metadata?.name === undefined) {
      problems.push({ severity: 'error', message: 'This is not a manifest: it should begin with apiVersion and kind.', line: 1, column: 1 })
      continue
    }
    for (const key of Object.keys(spec ?? {})) {
      if (kind === 'Deployment' && !['replicas', 'selector', 'template', 'strategy', 'paused', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'].includes(key)) {
        problems.push({ severity: 'error', message: `A Deployment has no field "spec.${key}". Did you mean "replicas"?`, field: `spec.${key}`, ...place(['spec', key]) })
      }
    }
    if (spec?.['replicas'] !== undefined && typeof spec['replicas'] !== 'number') {
      problems.push({ severity: 'error', message: 'spec.replicas must be a whole number.', field: 'spec.replicas', ...place(['spec', 'replicas']) })
    }
    const ref: ObjectRef = { apiVersion, kind, namespace: metadata.namespace ?? 'default', name: metadata.name }
    const before = find(ref)
    const beforeText = before === undefined ? '' : stringify(before)
    const afterText = stringify({ ...object, metadata: { ...metadata, namespace: ref.namespace, ...(before === undefined ? {} : { labels: (before['metadata'] as { labels?: unknown }).labels }) } })
    changes.push({ ref, action: before === undefined ? 'create' : beforeText === afterText ? 'unchanged' : 'update', before: beforeText, after: afterText })
    objects.push(object)
  }
  if (changes.length === 0 && problems.length === 0) problems.push({ severity: 'error', message: 'There is nothing to apply: the text is empty.', line: 1, column: 1 })
  return { changes: problems.length > 0 ? [] : changes, problems, objects }
}
