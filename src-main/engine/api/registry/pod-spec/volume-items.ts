import type { DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector, ResourceFieldSelector } from '../../../../common/kube/generated/core-v1.ts'
import { parseQuantity } from '../../../../common/kube/quantity.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'
import { validateDriverName } from '../storage/driver-name.ts'

const HIGHEST_MODE = 0o777
/** What of a pod a file can hold; an environment variable can hold more. */
const POD_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']
const KNOWN_FIELDS = [...POD_FIELDS, 'spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.phase', 'status.podIP', 'status.podIPs']
const RESOURCES = ['limits', 'requests'].flatMap((kind) => ['cpu', 'ephemeral-storage', 'memory'].map((name) => `${kind}.${name}`))
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']
const DIVISORS: Readonly<Record<string, readonly string[]>> = { cpu: ['1m', '1'], memory: BYTE_DIVISORS, 'ephemeral-storage': BYTE_DIVISORS }

/** Checks a file's mode; none is fine. */
export function validateFileMode(mode: number | undefined, path: string, errors: FieldErrors): void {
  if (mode !== undefined && (mode < 0 || mode > HIGHEST_MODE)) errors.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')
}

/** Checks a path inside a volume of files. What begins with `..` is the volume's own. */
export function validateFilePath(file: string | undefined, at: string, errors: FieldErrors): void {
  if (!file) return errors.required(at)
  if (file.startsWith('/')) errors.invalid(at, file, 'must be a relative path')
  if (file.split('/').includes('..')) errors.invalid(at, file, "must not contain '..'")
  else if (file.startsWith('..')) errors.invalid(at, file, "must not start with '..'")
}

/** Checks which key goes into which file. */
export function validateKeyPath({ key, path, mode }: KeyToPath, at: string, errors: FieldErrors): void {
  if (!key) errors.required(`${at}.key`)
  validateFilePath(path, `${at}.path`, errors)
  validateFileMode(mode, `${at}.mode`, errors)
}

/** Checks which of a pod's fields or resources goes into which file. */
export function validateDownwardFile({ path, fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile, at: string, errors: FieldErrors): void {
  validateFilePath(path, `${at}.path`, errors)
  if (fieldRef !== undefined) {
    validateField(fieldRef, `${at}.fieldRef`, errors)
    if (resourceFieldRef !== undefined) errors.invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')
  } else if (resourceFieldRef !== undefined) validateResource(resourceFieldRef, `${at}.resourceFieldRef`, errors)
  else errors.required(at, 'one of fieldRef and resourceFieldRef is required')
  validateFileMode(mode, `${at}.mode`, errors)
}

function validateField({ apiVersion, fieldPath }: ObjectFieldSelector, at: string, errors: FieldErrors): void {
  if (!apiVersion) return errors.required(`${at}.apiVersion`)
  if (!fieldPath) return errors.required(`${at}.fieldPath`)
  const [, field = '', subscript] = /^([^[]*)\['(.*)'\]$/.exec(fieldPath) ?? [fieldPath, fieldPath]
  const notConverted = (why: string): void => errors.invalid(`${at}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`)
  if (apiVersion !== 'v1') return notConverted(`unsupported pod version: ${apiVersion}`)
  if (!KNOWN_FIELDS.includes(field)) return notConverted(`field label not supported: ${fieldPath}`)
  if (subscript === undefined) return errors.supported(`${at}.fieldPath`, field, POD_FIELDS)
  if (field !== 'metadata.annotations' && field !== 'metadata.labels') return notConverted(`field label does not support subscript: ${fieldPath}`)
  const wrong = qualifiedName(field === 'metadata.annotations' ? subscript.toLowerCase() : subscript)
  if (wrong !== undefined) errors.invalid(at, subscript, wrong)
}

function validateResource({ containerName, resource, divisor }: ResourceFieldSelector, at: string, errors: FieldErrors): void {
  if (!containerName) errors.required(`${at}.containerName`)
  else if (!resource) errors.required(`${at}.resource`)
  else if (!RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) errors.notSupported(`${at}.resource`, resource, RESOURCES)
  const name = /^\w+\.(.+)$/.exec(resource)?.[1] ?? ''
  const allowed = DIVISORS[name.startsWith('hugepages-') ? 'memory' : name]
  // None is written as zero, and is one.
  if (allowed === undefined || divisor === undefined || parseQuantity(divisor) === 0) return
  if (!allowed.includes(divisor)) errors.invalid(`${at}.divisor`, divisor, `only divisor's values ${allowed.join(allowed.length === 2 ? ' and ' : ', ')} are supported with the ${name} resource`)
}

/** Checks a volume that a driver makes for one pod. */
export function validateInlineDriver({ driver, nodePublishSecretRef }: { driver: string; nodePublishSecretRef?: { name?: string } }, at: string, errors: FieldErrors): void {
  validateDriverName(driver, `${at}.driver`, errors)
  if (nodePublishSecretRef !== undefined && !nodePublishSecretRef.name) errors.required(`${at}.nodePublishSecretRef.name`)
}
