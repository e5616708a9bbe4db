import type { Healthcheck } from '../../common/compose/forms/health.ts'
import type { Container, Probe } from '../../common/kube/generated/core-v1.ts'
import { HEALTH_DEFAULTS, SECOND, SHELL } from '../conventions.ts'
import type { Note } from '../report.ts'
import type { ServiceContext } from './context.ts'
import { defined } from './context.ts'

/** A health check as probes: unready while it fails (no traffic), restarted after as many failures as Docker waits for, and left alone while it starts. */
export function probesOf({ service: { healthcheck: check }, note: all, kind }: ServiceContext): Partial<Container> {
  if (check === undefined) return {}
  const note = all.in('healthcheck')
  if (check.disable === true || check.test?.[0] === 'NONE' || check.test === undefined || check.test.length < 2) {
    for (const key of Object.keys(check)) {
      note.changed(key, check.test === undefined && check.disable !== true ? 'Kubernetes does not know the image\'s own health check: write the test here, or the pod is ready as soon as it runs.'
        : 'There is no probe then: Kubernetes never runs the health check that an image brings.')
    }
    return {}
  }
  if (kind === 'Job' || kind === 'CronJob') {
    note.lost([], 'A job is well when its command ends well: check inside it.')
    for (const key of Object.keys(check)) note.lost(key, 'A job is well when its command ends well: check inside it.')
    return {}
  }
  if (check.disable === false) note.changed('disable', 'Said by the probes being there.')
  const command = commandOf(check.test, note)
  const interval = seconds(check, 'interval', HEALTH_DEFAULTS.interval, note)
  const retries = Math.max(1, check.retries ?? HEALTH_DEFAULTS.retries)
  if (check.retries !== undefined && check.retries < 1) note.changed('retries', 'At least one failure is needed: 1.')
  else note.same('retries')
  const probe: Probe = { exec: { command }, periodSeconds: interval, timeoutSeconds: seconds(check, 'timeout', HEALTH_DEFAULTS.timeout, note), failureThreshold: retries }
  return defined({ livenessProbe: probe, readinessProbe: probe, startupProbe: startup(check, probe, note) })
}

function commandOf([how, ...words]: readonly string[], note: Note): string[] {
  if (how === 'CMD-SHELL') {
    if (words.length > 1) note.changed('test', 'The words after CMD-SHELL are one line for the shell.')
    else note.same('test')
    return [...SHELL, words.join(' ')]
  }
  if (words.length === 3 && words[0] === SHELL[0] && words[1] === SHELL[1]) note.changed('test', 'The same as CMD-SHELL with the last word.')
  else note.same('test')
  return [...words]
}

/** Docker forgives failures while a container starts; a startup probe does, for so many tries. The first one comes at once, so they last a period less than there are tries. */
function startup(check: Healthcheck, probe: Probe, note: Note): Probe | undefined {
  if (check.start_period === undefined || check.start_period === 0) {
    if (check.start_period === 0) note.changed('start_period', 'None: there is no startup probe.')
    if (check.start_interval !== undefined) note.lost('start_interval', 'It counts only within a start_period: give one.')
    return undefined
  }
  if (check.start_interval !== undefined && seconds(check, 'start_interval', 5, note) === probe.periodSeconds) note.changed('start_interval', 'The same as interval.')
  const period = check.start_interval === undefined ? (probe.periodSeconds ?? 1) : Math.max(1, Math.ceil(check.start_interval / SECOND))
  const tries = Math.ceil(check.start_period / SECOND / period) + 1
  if ((tries - 1) * period * SECOND === check.start_period) note.same('start_period')
  else note.changed('start_period', `Rounded up to ${String(tries)} tries, ${String(period)} s apart.`)
  return { ...probe, periodSeconds: period, failureThreshold: tries }
}

function seconds(check: Healthcheck, key: 'interval' | 'timeout' | 'start_interval', otherwise: number, note: Note): number {
  const value = check[key]
  if (value === undefined) return otherwise
  const rounded = Math.max(1, Math.ceil(value / SECOND))
  if (rounded * SECOND === value) note.same(key)
  else note.changed(key, `Probes count whole seconds: ${String(rounded)} s.`)
  return rounded
}
