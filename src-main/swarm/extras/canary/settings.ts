import type { Step } from '../../../common/kube/rollout-plan.ts'
import { messageOf } from '../../../common/errors.ts'
import { checkedImage } from '../../cluster/service-edits.ts'
import type { SwarmService } from '../../docker/types.ts'
import type { Asked } from '../labels.ts'
import { asksFor, ASKS, LabelReader, labelsOf, NOT_ASKED, unasked } from '../labels.ts'
import { localData } from '../rebalance/settings.ts'
import { modeOf } from '../service-state.ts'

/** Which image is tried beside a service, and how. */
export interface CanarySettings {
  readonly image: string
  readonly plan: readonly Step[]
  /** In so long the tasks of a step must run. */
  readonly deadlineSeconds: number
  /** So many of its tasks may fail. */
  readonly failures: number
  /** After the last step somebody updates the service; else it is updated then. */
  readonly isManual: boolean
}

const STEPS = '10%,50%'
const PAUSE_S = 60
const DEADLINE_S = 600
const DAY_S = 24 * 3600
/** Beside a service that is left as it is a canary with as many tasks has half. */
const MOST_PERCENT = 50
/** What Swarm allows a service's name to have. */
const LONGEST_NAME = 63

/** What a canary of a service is called. */
export function canaryName({ Spec: { Name } }: SwarmService): string {
  return `${Name}-canary`
}

/** Reads `toque.canary.*`. Without `toque.canary.image` nothing is tried: the others may wait in the stack file for the next release. Pure. */
export function readCanary(service: SwarmService): Asked<CanarySettings> {
  const nothing = unasked(service, ASKS.canary)
  if (nothing !== undefined) return nothing
  const labels = new LabelReader(labelsOf(service), ASKS.canary, ['image', 'steps', 'pause', 'deadline', 'failures', 'promote'])
  const { problems } = labels
  const image = labels.text('image') ?? ''
  const weights = weightsOf(labels)
  const seconds = labels.seconds('pause', 0, DAY_S) ?? PAUSE_S
  const deadlineSeconds = labels.seconds('deadline', 5, DAY_S) ?? DEADLINE_S
  const failures = labels.whole('failures', 0, 1000) ?? 0
  const isManual = labels.word('promote', ['auto', 'manual']) === 'manual'
  if (image !== '') problems.push(...imageProblems(labels, image), ...clashes(service))
  if (problems.length > 0) return { is: 'refused', problems }
  if (image === '') return NOT_ASKED
  const plan = weights.flatMap((weight, i): Step[] => [{ kind: 'weight', weight }, { kind: 'pause', seconds: isManual && i === weights.length - 1 ? undefined : seconds }])
  return { is: 'asked', settings: { image, plan, deadlineSeconds, failures, isManual } }
}

function weightsOf(labels: LabelReader): number[] {
  const text = labels.text('steps') ?? STEPS
  const weights = text.split(',').map((part) => Number(/^(\d{1,3})\s*%?$/.exec(part.trim())?.[1] ?? NaN))
  const label = `The label ${labels.label('steps')} is ${JSON.stringify(text)}`
  if (weights.some(Number.isNaN) || weights.some((weight) => weight < 1)) labels.problems.push(`${label}: percentages of the tasks are meant, such as ${STEPS}.`)
  else if (weights.some((weight) => weight > MOST_PERCENT)) labels.problems.push(`${label}, but a canary comes beside the tasks that there are, which stay: it has half of them at most, ${String(MOST_PERCENT)} %. After the last step the service itself is updated.`)
  else if (weights.some((weight, i) => weight <= (weights[i - 1] ?? 0))) labels.problems.push(`${label}: each step must be more than the one before.`)
  return weights
}

function imageProblems(labels: LabelReader, image: string): string[] {
  try {
    checkedImage(image)
    return []
  } catch (error) {
    return [`The label ${labels.label('image')} names no image: ${messageOf(error)}`]
  }
}

/** What else the service says that speaks against it. */
function clashes(service: SwarmService): string[] {
  const mode = modeOf(service)
  if (mode !== 'replicated') return [`Only a replicated service can have a canary, and this one is ${mode}: remove ${ASKS.canary}.image.`]
  const data = localData(service)
  const name = canaryName(service)
  return [
    ...(asksFor(service, ASKS.schedule) ? [`It has ${ASKS.schedule}, too: what runs at times has no requests to share. Remove ${ASKS.canary}.image.`] : []),
    ...(data.length > 0 ? [`It keeps data on its server's disk (${data.join(', ')}), and two versions would write there: update it in its own way, or keep the data where versions do not meet.`] : []),
    ...(name.length > LONGEST_NAME ? [`Its canary would be called ${name}, and Swarm allows ${String(LONGEST_NAME)} letters: give the service a shorter name.`] : []),
    ...sharing(service),
  ]
}

/** Requests go to tasks in equal shares only where the name leads to the tasks themselves. */
function sharing({ Spec: { EndpointSpec, TaskTemplate: { Networks } } }: SwarmService): string[] {
  if ((EndpointSpec?.Mode ?? 'vip') !== 'vip') return []
  const routed = (EndpointSpec?.Ports ?? []).find(({ PublishMode }) => (PublishMode ?? 'ingress') === 'ingress')
  if (routed !== undefined) return [`Its port ${String(routed.PublishedPort ?? '')} is published on all servers, which lead it to one service only: nothing would reach the canary. Publish it with mode: host, and set deploy.endpoint_mode to dnsrr.`]
  return (Networks ?? []).length === 0 ? [] : ['Its name leads to one address of its own (endpoint_mode: vip), and that of its canary would get half of the requests from the first task on: set deploy.endpoint_mode to dnsrr, and they are shared by the numbers of tasks.']
}
