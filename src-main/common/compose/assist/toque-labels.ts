import type { Path } from '../../yaml/place.ts'

/** Labels under `deploy.labels` by which a service asks for what Swarm lacks, and what they say. */
export const TOQUE_LABELS: Readonly<Record<string, string>> = {
  'toque.autoscale.min': 'Tasks at least, when Toque scales the service by its use. A whole number; default 1.',
  'toque.autoscale.max': 'Tasks at most, when Toque scales the service by its use. A whole number.',
  'toque.autoscale.cpu': 'The CPU use that is aimed at, in percent of what a task reserves (else of its limit), such as 70.',
  'toque.autoscale.memory': 'The memory use that is aimed at, in percent of what a task reserves (else of its limit), such as 80.',
  'toque.autoscale.stabilization': 'Fewer tasks must have been enough for so long before some go; default 5m.',
  'toque.autoscale.every': 'How often the use is looked at; default 15s.',
  'toque.rebalance': 'true: the tasks are spread again when a server came.',
  'toque.rebalance.settle': 'The server must have stayed for so long; default 60s.',
  'toque.schedule': 'When the service is run: cron, such as "0 3 * * *", @daily or @every 90m.',
  'toque.schedule.timezone': 'The zone of the schedule, such as Asia/Seoul; default UTC.',
  'toque.schedule.concurrency': 'A time at which it still runs: forbid (default) waits for the end, replace ends the old run.',
  'toque.schedule.deadline': 'A time that was missed by more is let go, such as 10m.',
  'toque.schedule.replicas': 'Tasks of a run of a replicated service; default 1.',
  'toque.canary.image': 'The image of the next release: it is tried beside the service, by steps; then the service is updated.',
  'toque.canary.steps': 'Which share of all tasks the new image gets, step by step; default 10%,50%. At most 50 %.',
  'toque.canary.pause': 'How long each step is watched; default 60s.',
  'toque.canary.deadline': 'In so long the tasks of a step must run; default 10m.',
  'toque.canary.failures': 'So many of its tasks may fail before the new image is given up; default 0.',
  'toque.canary.promote': 'auto (default): the service is updated after the last step. manual: somebody does it.',
  'toque.alert.tasks': 'Tell when fewer tasks run than should for longer than this, such as 5m.',
  'toque.alert.restarts': 'Tell when more than so many tasks ended by themselves within toque.alert.window.',
  'toque.alert.window': 'Within how long ended tasks are counted; default 10m.',
  'toque.alert.cpu': 'Tell when the tasks use more of the CPU that they may use, in percent on average, for toque.alert.for.',
  'toque.alert.memory': 'Tell when the tasks use more of the memory that they may use, in percent on average, for toque.alert.for.',
  'toque.alert.for': 'For how long much CPU or memory must be in use before it is told; default 5m.',
  'toque.alert.every': 'How often the use is measured; default 15s.',
}

/** Are a service's own labels written here? */
export function areServiceLabels(path: Path): boolean {
  const [services, , deploy, labels] = path
  return path.length === 4 && services === 'services' && deploy === 'deploy' && labels === 'labels'
}

/** What the label at a place says; undefined: it is none of these, or not on a service. */
export function labelWords(path: Path): string | undefined {
  const label = path.at(-1)
  return typeof label === 'string' && areServiceLabels(path.slice(0, -1)) ? TOQUE_LABELS[label] : undefined
}
