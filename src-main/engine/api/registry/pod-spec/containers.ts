import type { Container, EnvVar, LifecycleHandler, PodSpec, Probe } from '../../../../common/kube/generated/core-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { configKey, dnsLabel, portName, portNumber } from '../../validation/names.ts'
import { validateResources } from './resources.ts'

const FIELD_PATHS = /^(metadata\.(name|namespace|uid|labels\['.+'\]|annotations\['.+'\])|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs))$/

/** Checks init containers and containers: names are unique over both. `volumes`: the names of the pod's volumes. */
export function validateContainers(spec: PodSpec, path: string, volumes: ReadonlySet<string>, errors: FieldErrors): void {
  const names = new Set<string>()
  const hostPorts = new Set<string>()
  if ((spec.containers?.length ?? 0) === 0) errors.required(`${path}.containers`)
  for (const list of ['initContainers', 'containers'] as const) {
    spec[list]?.forEach((container, i) => {
      const at = `${path}.${list}[${String(i)}]`
      const isSidecar = list === 'initContainers' && container.restartPolicy === 'Always'
      validateContainer(container, at, list === 'containers' || isSidecar, volumes, errors)
      if (names.has(container.name)) errors.duplicate(`${at}.name`, container.name)
      names.add(container.name)
      container.ports?.forEach((port, j) => {
        if (!port.hostPort) return
        if (spec.hostNetwork === true && port.hostPort !== port.containerPort) errors.invalid(`${at}.ports[${String(j)}].containerPort`, port.containerPort, 'must match `hostPort` when `hostNetwork` is true')
        const id = `${port.protocol ?? 'TCP'}/${port.hostIP ?? ''}/${String(port.hostPort)}`
        if (hostPorts.has(id) && list === 'containers') errors.duplicate(`${at}.ports[${String(j)}].hostPort`, id)
        hostPorts.add(id)
      })
    })
  }
}

function validateContainer(c: Container, path: string, hasProbes: boolean, volumes: ReadonlySet<string>, errors: FieldErrors): void {
  if (!c.name) errors.required(`${path}.name`)
  else errors.check(`${path}.name`, c.name, dnsLabel)
  if (!c.image) errors.required(`${path}.image`)
  else if (c.image !== c.image.trim()) errors.invalid(`${path}.image`, c.image, 'must not have leading or trailing whitespace')
  errors.oneOf(`${path}.imagePullPolicy`, c.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'])
  if (c.terminationMessagePolicy !== undefined && !['File', 'FallbackToLogsOnError'].includes(c.terminationMessagePolicy)) errors.notSupported(`${path}.terminationMessagePolicy`, c.terminationMessagePolicy, ['File', 'FallbackToLogsOnError'])
  validatePorts(c, path, errors)
  c.env?.forEach((env, i) => validateEnv(env, `${path}.env[${String(i)}]`, errors))
  c.envFrom?.forEach((from, i) => {
    const at = `${path}.envFrom[${String(i)}]`
    if ((from.configMapRef === undefined) === (from.secretRef === undefined)) errors.invalid(at, '', from.configMapRef === undefined ? 'must specify one of: `configMapRef` or `secretRef`' : 'may not have more than one field specified at a time')
  })
  const paths = new Set<string>()
  c.volumeMounts?.forEach((mount, i) => {
    const at = `${path}.volumeMounts[${String(i)}]`
    if (!mount.name) errors.required(`${at}.name`)
    else if (!volumes.has(mount.name)) errors.notFound(`${at}.name`, mount.name)
    if (!mount.mountPath) errors.required(`${at}.mountPath`)
    else if (paths.has(mount.mountPath)) errors.invalid(`${at}.mountPath`, mount.mountPath, 'must be unique')
    paths.add(mount.mountPath)
    if (mount.subPath?.startsWith('/') === true) errors.invalid(`${at}.subPath`, mount.subPath, 'must be a relative path')
    if (mount.subPath?.split('/').includes('..') === true) errors.invalid(`${at}.subPath`, mount.subPath, "must not contain '..'")
  })
  validateResources(c.resources, `${path}.resources`, errors)
  for (const field of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = c[field]
    if (probe === undefined) continue
    if (!hasProbes) errors.forbidden(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always')
    else validateProbe(probe, `${path}.${field}`, field !== 'readinessProbe', errors)
  }
  if (c.lifecycle?.postStart !== undefined) validateHandler(c.lifecycle.postStart, `${path}.lifecycle.postStart`, errors)
  if (c.lifecycle?.preStop !== undefined) validateHandler(c.lifecycle.preStop, `${path}.lifecycle.preStop`, errors)
}

function validatePorts(c: Container, path: string, errors: FieldErrors): void {
  const names = new Set<string>()
  c.ports?.forEach((port, i) => {
    const at = `${path}.ports[${String(i)}]`
    if (port.name) {
      errors.check(`${at}.name`, port.name, portName)
      if (names.has(port.name)) errors.duplicate(`${at}.name`, port.name)
      names.add(port.name)
    }
    if (!port.containerPort) errors.required(`${at}.containerPort`)
    else if (portNumber(port.containerPort) !== undefined) errors.invalid(`${at}.containerPort`, port.containerPort, 'must be between 1 and 65535, inclusive')
    if (port.hostPort && portNumber(port.hostPort) !== undefined) errors.invalid(`${at}.hostPort`, port.hostPort, 'must be between 1 and 65535, inclusive')
    errors.oneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP'])
  })
}

function validateEnv(env: EnvVar, path: string, errors: FieldErrors): void {
  if (!env.name) errors.required(`${path}.name`)
  else if (!/^[ -<>-~]+$/.test(env.name)) errors.invalid(`${path}.name`, env.name, "a valid environment variable name must consist only of printable ASCII characters other than '='")
  const from = env.valueFrom
  if (from === undefined) return
  const sources = Object.keys(from)
  if (sources.length === 0) errors.invalid(`${path}.valueFrom`, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`')
  if (sources.length > 1 || (env.value !== undefined && env.value !== '')) errors.invalid(`${path}.valueFrom`, '', env.value ? 'may not be specified when `value` is not empty' : 'may not have more than one field specified at a time')
  for (const ref of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const selector = from[ref]
    if (selector === undefined) continue
    if (!selector.key) errors.required(`${path}.valueFrom.${ref}.key`)
    else if (configKey(selector.key) !== undefined) errors.invalid(`${path}.valueFrom.${ref}.key`, selector.key, configKey(selector.key) ?? '')
  }
  const field = from.fieldRef?.fieldPath
  if (from.fieldRef !== undefined && !field) errors.required(`${path}.valueFrom.fieldRef.fieldPath`)
  else if (field !== undefined && !FIELD_PATHS.test(field)) errors.invalid(`${path}.valueFrom.fieldRef.fieldPath`, field, 'error converting fieldPath: field label not supported: ' + field)
}

function validateProbe(probe: Probe, path: string, successMustBeOne: boolean, errors: FieldErrors): void {
  validateHandler(probe, path, errors)
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) errors.nonNegative(`${path}.${field}`, probe[field])
  if (successMustBeOne && probe.successThreshold !== undefined && probe.successThreshold !== 1) errors.invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1')
  if (probe.terminationGracePeriodSeconds !== undefined && probe.terminationGracePeriodSeconds <= 0) errors.invalid(`${path}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, 'must be greater than 0')
}

function validateHandler(handler: Probe & LifecycleHandler, path: string, errors: FieldErrors): void {
  const given = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((h) => handler[h] !== undefined)
  if (given.length === 0) errors.required(path, 'must specify a handler type')
  given.slice(1).forEach((h) => errors.forbidden(`${path}.${h}`, 'may not specify more than 1 handler type'))
  if (handler.exec !== undefined && (handler.exec.command?.length ?? 0) === 0) errors.required(`${path}.exec.command`)
  for (const h of ['httpGet', 'tcpSocket'] as const) {
    const port = handler[h]?.port
    if (handler[h] === undefined) continue
    if (port === undefined) errors.required(`${path}.${h}.port`)
    else if (typeof port === 'number' ? portNumber(port) !== undefined : portName(port) !== undefined) errors.invalid(`${path}.${h}.port`, port, typeof port === 'number' ? 'must be between 1 and 65535, inclusive' : (portName(port) ?? ''))
  }
  if (handler.httpGet !== undefined && !handler.httpGet.path) errors.required(`${path}.httpGet.path`)
  if (handler.httpGet?.scheme !== undefined && !['HTTP', 'HTTPS'].includes(handler.httpGet.scheme)) errors.notSupported(`${path}.httpGet.scheme`, handler.httpGet.scheme, ['HTTP', 'HTTPS'])
}
