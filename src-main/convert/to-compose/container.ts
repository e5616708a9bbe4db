import type { Healthcheck } from '../../common/compose/forms/health.ts'
import type { Service } from '../../common/compose/forms/service.ts'
import type { Container, Probe } from '../../common/kube/generated/core-v1.ts'
import { pullPolicyFor } from '../../common/kube/image-name.ts'
import { parseQuantity } from '../../common/kube/quantity.ts'
import { GPU, SECOND, SHELL, singleDollars } from '../conventions.ts'
import type { Note } from '../report.ts'
import { defined } from '../to-kubernetes/context.ts'
import type { Making } from './context.ts'

const PULL: Record<string, string> = { Always: 'always', Never: 'never', IfNotPresent: 'missing' }
const REFERENCE = /\$\([A-Za-z_][A-Za-z0-9_]*\)/

/** What runs in a container, what it may, and how its health is known. */
export function serviceOf(container: Container, note: Note, making: Making): Service {
  const security = container.securityContext ?? {}
  for (const key of ['image', 'workingDir', 'tty', 'stdin', 'imagePullPolicy']) note.same(key)
  const isUsual = container.imagePullPolicy === pullPolicyFor(container.image ?? '')
  if (isUsual) note.changed('imagePullPolicy', 'As it is by default for such an image.')
  const words = (key: 'command' | 'args'): string[] | undefined => container[key]?.map((word, i) => {
    if (REFERENCE.test(word.replaceAll('$$', ''))) note.changed([key, i], 'Docker fills in no $(NAME): run it by a shell, which does with $NAME.')
    else note.same(key, i)
    return singleDollars(word)
  })
  const [entrypoint, command] = [words('command'), words('args')]
  const at = note.in('securityContext')
  for (const key of ['runAsUser', 'runAsGroup', 'privileged', 'readOnlyRootFilesystem']) at.same(key)
  if (security.runAsGroup !== undefined && security.runAsUser === undefined) at.lost('runAsGroup', 'Docker takes a group only with a user: name both.')
  at.same('capabilities', 'add')
  at.same('capabilities', 'drop')
  const options: string[] = []
  if (security.allowPrivilegeEscalation === false) options.push((at.same('allowPrivilegeEscalation'), 'no-new-privileges:true'))
  else if (security.allowPrivilegeEscalation === true) at.changed('allowPrivilegeEscalation', 'Docker\'s default.')
  if (security.seccompProfile?.type === 'Unconfined') options.push((at.same('seccompProfile', 'type'), 'seccomp:unconfined'))
  const user = security.runAsUser === undefined ? undefined : `${String(security.runAsUser)}${security.runAsGroup === undefined ? '' : `:${String(security.runAsGroup)}`}`
  return defined<Service>({
    image: container.image, pull_policy: isUsual ? undefined : PULL[container.imagePullPolicy ?? ''], entrypoint, command, working_dir: container.workingDir,
    user, environment: environmentOf(container, note, making), tty: container.tty, stdin_open: container.stdin, privileged: security.privileged, read_only: security.readOnlyRootFilesystem,
    cap_add: security.capabilities?.add, cap_drop: security.capabilities?.drop, security_opt: options,
    healthcheck: healthOf(container, note), ...hooksOf(container, note), deploy: resourcesOf(container, note.in('resources')),
  })
}

function environmentOf(container: Container, note: Note, { objects }: Making): Record<string, string> {
  const found: Record<string, string> = {}
  container.envFrom?.forEach(({ configMapRef, secretRef, prefix = '' }, i) => {
    const config = objects.configs.get(configMapRef?.name ?? '')
    if (config !== undefined) {
      for (const [key, value] of Object.entries(config.object.data ?? {})) found[prefix + key] = value
      note.changed(['envFrom', i], 'Its values are written out: they no longer follow the ConfigMap.')
    } else note.lost(['envFrom', i], secretRef === undefined ? 'The ConfigMap is not among the objects: give it too.' : 'Docker keeps secrets in files (/run/secrets), not in the environment: let the app read the file, as many images do with NAME_FILE.')
  })
  container.env?.forEach(({ name, value, valueFrom }, i) => {
    if (valueFrom === undefined) {
      if (REFERENCE.test((value ?? '').replaceAll('$$', ''))) note.changed(['env', i], 'Docker fills in no $(NAME): write the value out.')
      else note.same('env', i)
      found[name] = singleDollars(value ?? '')
      return
    }
    const ref = valueFrom.configMapKeyRef
    const known = ref === undefined ? undefined : objects.configs.get(ref.name ?? '')?.object.data?.[ref.key]
    if (known !== undefined) {
      found[name] = known
      note.changed(['env', i], 'Its value is written out: it no longer follows the ConfigMap.')
    } else if (valueFrom.fieldRef?.fieldPath === 'spec.nodeName' || valueFrom.fieldRef?.fieldPath === 'metadata.name') {
      found[name] = valueFrom.fieldRef.fieldPath === 'spec.nodeName' ? '{{.Node.Hostname}}' : '{{.Task.Name}}'
      note.changed(['env', i], 'Filled in by Swarm\'s template; Docker Compose does not.')
    } else note.lost(['env', i], valueFrom.secretKeyRef === undefined ? 'Docker has no such value to give: write it out.' : 'Docker keeps secrets in files (/run/secrets), not in the environment: let the app read the file, as many images do with NAME_FILE.')
  })
  return found
}

/** Of three probes one health check: what restarts a container counts before what only takes it out of the traffic. */
function healthOf(container: Container, note: Note): Healthcheck | undefined {
  const { livenessProbe: live, readinessProbe: ready, startupProbe: start } = container
  const [probe, key] = live !== undefined ? [live, 'livenessProbe'] as const : ready !== undefined ? [ready, 'readinessProbe'] as const : [undefined, ''] as const
  if (probe === undefined) {
    if (start !== undefined) note.lost('startupProbe', 'Docker only waits longer while a container starts if it has a check: add a livenessProbe.')
    return undefined
  }
  const test = testOf(probe, note.in(key))
  if (live !== undefined && ready !== undefined) {
    if (JSON.stringify(live) === JSON.stringify(ready)) note.same('readinessProbe')
    else note.lost('readinessProbe', 'Docker has one check for both: this one is left out. What fails the livenessProbe gets no traffic either.')
  }
  if (test === undefined) {
    if (start !== undefined) note.lost('startupProbe', 'There is no check for it.')
    return undefined
  }
  const own = note.in(key)
  for (const field of ['periodSeconds', 'timeoutSeconds', 'failureThreshold']) own.same(field)
  if (probe.initialDelaySeconds !== undefined) own.changed('initialDelaySeconds', 'Checks begin at once, and failures do not count for so long.')
  if (live === undefined) note.remark(key, 'What fails Docker\'s check is also restarted (by Swarm), not only left without traffic.')
  const interval = probe.periodSeconds ?? 10
  const period = start === undefined ? undefined : start.periodSeconds ?? 10
  // The first try comes at once: failures are forgiven for a period less than there are tries.
  const forgiven = start === undefined || period === undefined ? undefined : ((start.failureThreshold ?? 3) - 1) * period
  if (start !== undefined) {
    for (const field of ['periodSeconds', 'failureThreshold']) {
      if (forgiven === 0) note.changed(['startupProbe', field], 'It forgives no failure: neither does a health check without a start_period.')
      else note.same('startupProbe', field)
    }
    const isSame = JSON.stringify([start.exec, start.httpGet, start.tcpSocket]) === JSON.stringify([probe.exec, probe.httpGet, probe.tcpSocket])
    for (const field of ['exec', 'httpGet', 'tcpSocket', 'grpc', 'timeoutSeconds', 'initialDelaySeconds', 'successThreshold']) {
      if (isSame && field !== 'initialDelaySeconds') note.same('startupProbe', field)
      else note.lost(['startupProbe', field], 'Docker has one test for the start and later.')
    }
  }
  return defined<Healthcheck>({
    test, interval: interval * SECOND, timeout: (probe.timeoutSeconds ?? 1) * SECOND, retries: probe.failureThreshold ?? 3,
    start_period: forgiven === undefined ? (probe.initialDelaySeconds === undefined ? undefined : probe.initialDelaySeconds * SECOND) : forgiven === 0 ? undefined : forgiven * SECOND,
    start_interval: period === undefined || period === interval || forgiven === 0 ? undefined : period * SECOND,
  })
}

function testOf(probe: Probe, note: Note): string[] | undefined {
  const command = probe.exec?.command
  if (command !== undefined) {
    note.same('exec')
    return command.length === 3 && command[0] === SHELL[0] && command[1] === SHELL[1] ? ['CMD-SHELL', command[2] ?? ''] : ['CMD', ...command]
  }
  if (probe.httpGet !== undefined) {
    const { port, path = '/', scheme = 'HTTP' } = probe.httpGet
    const url = `${scheme.toLowerCase()}://localhost:${String(port)}${path}`
    note.changed('httpGet', 'Docker runs checks inside the container: the image needs wget or curl.')
    return ['CMD-SHELL', `wget -q -O /dev/null '${url}' || curl -fsS -o /dev/null '${url}'`]
  }
  if (probe.tcpSocket !== undefined) {
    note.changed('tcpSocket', 'Docker runs checks inside the container: the image needs nc.')
    return ['CMD-SHELL', `nc -z localhost ${String(probe.tcpSocket.port)}`]
  }
  note.lost([], 'Docker has no such check: write a command that tests it.')
  return undefined
}

function hooksOf({ lifecycle }: Container, note: Note): Pick<Service, 'post_start' | 'pre_stop'> {
  const hook = (key: 'postStart' | 'preStop'): { command: string[] }[] | undefined => {
    const command = lifecycle?.[key]?.exec?.command
    if (command === undefined) return lifecycle?.[key] === undefined ? undefined : void note.lost(['lifecycle', key], 'Docker has hooks that run a command only, and Swarm none.')
    note.changed(['lifecycle', key], 'Docker Compose runs it; Swarm does not know hooks: handle the stop signal in the app.')
    return [{ command }]
  }
  return defined({ post_start: hook('postStart'), pre_stop: hook('preStop') })
}

function resourcesOf({ resources = {} }: Container, note: Note): Service['deploy'] {
  const amount = (part: 'limits' | 'requests', key: string): number | undefined => {
    const value = resources[part]?.[key]
    if (value === undefined) return undefined
    note.same(part, key)
    return parseQuantity(value)
  }
  const gpus = amount('limits', GPU)
  if (gpus !== undefined) note.changed(['limits', GPU], 'Reserved by deploy.resources.reservations.devices, which Docker Compose reads; Swarm needs generic resources on its nodes.')
  if (resources.requests?.[GPU] !== undefined) note.changed(['requests', GPU], 'The same as the limit.')
  const found = defined({
    limits: defined({ cpus: amount('limits', 'cpu'), memory: amount('limits', 'memory') }),
    reservations: defined({ cpus: amount('requests', 'cpu'), memory: amount('requests', 'memory'), devices: gpus === undefined ? undefined : [{ capabilities: ['gpu'], driver: 'nvidia', count: String(gpus) }] }),
  })
  return Object.keys(found).length === 0 ? undefined : { resources: found }
}
