import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ReportLine } from '../report.ts'
import { leavesOf } from '../report.ts'
import { meant } from '../to-compose/meant.ts'
import type { Manifest } from '../to-kubernetes/convert.ts'
import { parseManifests } from './manifests.ts'

const read = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

/** Compose files as people have them. */
export const COMPOSE_FILES: readonly string[] = read('files.fixture.yaml').split(/^---$/m)

/** Sets of manifests as people have them. */
export const MANIFEST_SETS: readonly (readonly Manifest[])[] = read('objects.fixture.yaml').split(/^# ---$/m).map(parseManifests)

/** Objects by kind and name, as the reports call them. */
export function byName(objects: readonly Manifest[]): Record<string, Manifest> {
  return Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name ?? ''}`, object]))
}

/** The same, without what a server wrote into them: what a report has lines for. */
export function meantByName(objects: readonly Manifest[]): Record<string, Manifest> {
  return byName(objects.map(meant))
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']

/** `after` by the names of `before`: a Deployment may come back as a StatefulSet, which is said of its kind. */
export function asNamed(before: readonly Manifest[], after: readonly Manifest[]): Record<string, Manifest | undefined> {
  const all: Record<string, Manifest | undefined> = byName(after)
  const workload = (name: string | undefined): Manifest | undefined => after.find(({ kind, metadata }) => WORKLOADS.includes(kind) && metadata.name === name)
  return Object.fromEntries(Object.entries(byName(before)).map(([key, { kind, metadata }]) => [key, all[key] ?? (WORKLOADS.includes(kind) ? workload(metadata.name) : undefined)]))
}

/** Every leaf has a line, and what is not the same says why in a sentence. */
export function expectComplete(input: unknown, report: readonly ReportLine[]): void {
  const named = new Set(report.map(({ path }) => JSON.stringify(path)))
  expect(leavesOf(input).filter((path) => !named.has(JSON.stringify(path)))).toEqual([])
  expect(report.filter(({ verdict, message }) => (verdict === 'same') !== (message.length < 5))).toEqual([])
}
