import type { PodSpec, PodTemplateSpec, Sysctl, Toleration } from '../../../../common/kube/generated/core-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { validateLabels } from '../../validation/metadata.ts'
import { dnsLabel, dnsSubdomain, qualifiedName } from '../../validation/names.ts'
import { validateContainers } from './containers.ts'
import { validateScheduling } from './scheduling.ts'
import { validateVolumes } from './volumes.ts'

/** Checks a pod template. `restartPolicies`: what the owner allows. */
export function validatePodTemplate(template: PodTemplateSpec | undefined, path: string, errors: FieldErrors, restartPolicies: readonly string[]): void {
  if (template === undefined) {
    errors.required(path)
    return
  }
  validateLabels(template.metadata?.labels, `${path}.labels`, errors)
  if (template.spec === undefined) {
    errors.required(`${path}.spec.containers`)
    return
  }
  validatePodSpec(template.spec, `${path}.spec`, errors)
  if (template.spec.restartPolicy !== undefined && !restartPolicies.includes(template.spec.restartPolicy)) errors.notSupported(`${path}.spec.restartPolicy`, template.spec.restartPolicy, restartPolicies)
  if (template.spec.activeDeadlineSeconds !== undefined && restartPolicies.length === 1 && restartPolicies[0] === 'Always') errors.forbidden(`${path}.spec.activeDeadlineSeconds`, 'activeDeadlineSeconds in ReplicaSet is not Supported')
}

/** Checks a pod's spec, after the defaults. */
export function validatePodSpec(spec: PodSpec, path: string, errors: FieldErrors): void {
  const volumes = validateVolumes(spec.volumes, `${path}.volumes`, errors)
  validateContainers(spec, path, volumes, errors)
  errors.oneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never'])
  errors.oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'])
  if (spec.dnsPolicy === 'None' && (spec.dnsConfig?.nameservers?.length ?? 0) === 0) errors.required(`${path}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')
  errors.nonNegative(`${path}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds)
  if (spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds < 1) errors.invalid(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 'must be between 1 and 2147483647, inclusive')
  validateLabels(spec.nodeSelector, `${path}.nodeSelector`, errors)
  const names = [['hostname', spec.hostname, dnsLabel], ['subdomain', spec.subdomain, dnsLabel], ['serviceAccountName', spec.serviceAccountName, dnsSubdomain], ['priorityClassName', spec.priorityClassName, dnsSubdomain], ['nodeName', spec.nodeName, dnsSubdomain]] as const
  for (const [field, value, check] of names) {
    errors.check(`${path}.${field}`, value || undefined, check)
  }
  spec.tolerations?.forEach((toleration, i) => validateToleration(toleration, `${path}.tolerations[${String(i)}]`, errors))
  validateSysctls(spec.securityContext?.sysctls ?? [], `${path}.securityContext.sysctls`, errors)
  spec.hostAliases?.forEach((alias, i) => {
    alias.hostnames?.forEach((host, j) => errors.check(`${path}.hostAliases[${String(i)}].hostnames[${String(j)}]`, host, dnsSubdomain))
  })
  validateScheduling(spec, path, errors)
  if (spec.preemptionPolicy !== undefined && !['PreemptLowerPriority', 'Never'].includes(spec.preemptionPolicy)) errors.notSupported(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'])
  if (spec.hostNetwork === true && spec.hostUsers === false) errors.forbidden(`${path}.hostNetwork`, 'when `hostUsers` is false')
}

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/
/** The same in upstream's spelling. */
const SYSCTL_SAID = SYSCTL.source.replace('[./]', '[\\./]')
const SYSCTL_LENGTH = 253

function validateSysctls(sysctls: readonly Sysctl[], path: string, errors: FieldErrors): void {
  const names = new Set<string>()
  sysctls.forEach(({ name }, i) => {
    const at = `${path}[${String(i)}].name`
    // The two spellings of the separator mean the same.
    const plain = name.replaceAll('/', '.')
    if (name === '') errors.required(at)
    else if (name.length > SYSCTL_LENGTH || !SYSCTL.test(name)) errors.invalid(at, name, `must have at most ${String(SYSCTL_LENGTH)} characters and match regex ${SYSCTL_SAID}`)
    else if (names.has(plain)) errors.duplicate(at, name)
    names.add(plain)
  })
}

/** Checks one toleration of a pod, or of a class of pods. */
export function validateToleration(t: Toleration, path: string, errors: FieldErrors): void {
  errors.check(`${path}.key`, t.key || undefined, qualifiedName)
  if (!t.key && t.operator !== 'Exists') errors.invalid(`${path}.operator`, t.operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"')
  if (t.operator === 'Exists' && t.value) errors.invalid(`${path}.operator`, t.operator, 'value must be empty when `operator` is \'Exists\'')
  if (t.operator && t.operator !== 'Exists' && t.operator !== 'Equal') errors.notSupported(`${path}.operator`, t.operator, ['Equal', 'Exists'])
  if (t.effect && !['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(t.effect)) errors.notSupported(`${path}.effect`, t.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
  if (t.tolerationSeconds !== undefined && t.effect !== 'NoExecute') errors.invalid(`${path}.effect`, t.effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set")
}
