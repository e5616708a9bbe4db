import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import { COMPLETION_INDEX, INDEX_FAILURES, INDEX_IGNORED_FAILURES, JOB_TRACKING } from '../../../common/kube/job.ts'
import { Jobs } from '../../../common/kube/kinds.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import { failureVerdict } from './failure-policy.ts'
import { indexFailures } from './job-pods.ts'

const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX'
const LONGEST_PREFIX = 58

/** A pod as the Job's template says; of an Indexed Job, the one of `index`, which takes over the failures of the one it `replaces`. */
export function podFromJob(job: Frozen<Job>, index: number | undefined, replaces: Pod | undefined): Draft<Pod> {
  const { template } = job.spec
  const { name, namespace = '' } = job.metadata
  const { labels, annotations, finalizers = [] } = template.metadata ?? {}
  const ending = index === undefined ? '-' : `-${String(index)}-`
  const spec = structuredClone(template.spec) ?? { containers: [] }
  const own: Record<string, string> = index === undefined ? {} : { [COMPLETION_INDEX]: String(index), ...failuresAt(job, replaces) }
  if (index !== undefined) {
    spec.hostname = `${name}-${String(index)}`
    for (const container of [...(spec.initContainers ?? []), ...spec.containers]) addIndexVariable(container)
  }
  return {
    apiVersion: 'v1', kind: 'Pod', spec,
    metadata: {
      generateName: name.slice(0, LONGEST_PREFIX - ending.length) + ending, namespace, labels: { ...labels, ...(index === undefined ? {} : { [COMPLETION_INDEX]: String(index) }) },
      annotations: { ...annotations, ...own }, finalizers: [...finalizers, JOB_TRACKING], ownerReferences: [controllerReference(Jobs, job)],
    },
  }
}

/** Only where each index has a limit of its own. */
function failuresAt({ spec }: Job, replaces: Pod | undefined): Record<string, string> {
  if (spec.backoffLimitPerIndex === undefined) return {}
  let { counted, ignored } = replaces === undefined ? { counted: 0, ignored: 0 } : indexFailures(replaces)
  if (replaces !== undefined) {
    if (failureVerdict(spec.podFailurePolicy, replaces).counts) counted++
    else ignored++
  }
  return { [INDEX_FAILURES]: String(counted), ...(ignored > 0 ? { [INDEX_IGNORED_FAILURES]: String(ignored) } : {}) }
}

function addIndexVariable(container: Container): void {
  if (container.env?.some((v) => v.name === INDEX_VARIABLE) === true) return
  container.env = [...(container.env ?? []), { name: INDEX_VARIABLE, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } } }]
}
