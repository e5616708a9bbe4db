import type { MutatingWebhook, MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { MutatingWebhookConfigurations, ValidatingWebhookConfigurations } from '../../../../common/kube/kinds.ts'
import type { Resource } from '../../../../common/kube/resource.ts'
import { CONDITION_NAMES } from '../../admission/expressions/declared.ts'
import { ageColumn, nameColumn } from '../../table/columns.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { validateSelector } from '../../validation/metadata.ts'
import { dns1035Label, dnsSubdomain } from '../../validation/names.ts'
import { defineKind } from '../kind.ts'
import type { Kind } from '../kind.ts'
import { validateClientConfig } from './client-config.ts'
import { validateConditions } from './conditions.ts'
import { defaultRules, validateRule } from './rules.ts'

const REVIEWS = ['v1', 'v1beta1']
const NO_SIDE_EFFECTS = ['None', 'NoneOnDryRun']
const LONGEST_WAIT_S = 30

/** Both sorts of configuration; a validating one has no reinvocation. */
type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration

function configurationKind(resource: Resource, mutating: boolean): Kind {
  return defineKind<Configuration>({
    resource: resource as Resource<Configuration>,
    categories: ['api-extensions'],
    hasGeneration: true,
    defaults({ webhooks = [] }) {
      for (const hook of webhooks as MutatingWebhook[]) defaultWebhook(hook, mutating)
    },
    validate({ webhooks = [] }, errors) {
      const names = new Set<string>()
      ;(webhooks as MutatingWebhook[]).forEach((hook, i) => {
        const path = `webhooks[${String(i)}]`
        validateWebhook(hook, path, errors)
        if (hook.name && names.has(hook.name)) errors.duplicate(`${path}.name`, hook.name)
        names.add(hook.name)
      })
    },
    columns: [nameColumn, { name: 'Webhooks', type: 'integer', description: 'How many webhooks the configuration has.', cell: (o) => o.webhooks?.length ?? 0 }, ageColumn],
  })
}

/** MutatingWebhookConfiguration: who may change what is written. */
export const mutatingWebhookKind = configurationKind(MutatingWebhookConfigurations as Resource, true)

/** ValidatingWebhookConfiguration: who may refuse what is written. */
export const validatingWebhookKind = configurationKind(ValidatingWebhookConfigurations as Resource, false)

function defaultWebhook(hook: MutatingWebhook, mutating: boolean): void {
  hook.failurePolicy ??= 'Fail'
  hook.matchPolicy ??= 'Equivalent'
  hook.namespaceSelector ??= {}
  hook.objectSelector ??= {}
  hook.timeoutSeconds ??= 10
  if (mutating) hook.reinvocationPolicy ??= 'Never'
  const service = (hook.clientConfig as MutatingWebhook['clientConfig'] | undefined)?.service
  if (service !== undefined) service.port ??= 443
  defaultRules(hook.rules)
}

function validateWebhook(hook: MutatingWebhook, path: string, errors: FieldErrors): void {
  validateName(hook.name, `${path}.name`, errors)
  hook.rules?.forEach((rule, i) => validateRule(rule, `${path}.rules[${String(i)}]`, errors))
  errors.supported(`${path}.failurePolicy`, hook.failurePolicy, ['Fail', 'Ignore'])
  errors.supported(`${path}.matchPolicy`, hook.matchPolicy, ['Equivalent', 'Exact'])
  errors.supported(`${path}.reinvocationPolicy`, hook.reinvocationPolicy, ['IfNeeded', 'Never'])
  if ((hook.sideEffects as string | undefined) === undefined) errors.required(`${path}.sideEffects`, `must specify one of ${NO_SIDE_EFFECTS.join(', ')}`)
  else errors.supported(`${path}.sideEffects`, hook.sideEffects, NO_SIDE_EFFECTS)
  const seconds = hook.timeoutSeconds ?? 1
  if (seconds < 1 || seconds > LONGEST_WAIT_S) errors.invalid(`${path}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds')
  validateSelector(hook.namespaceSelector, `${path}.namespaceSelector`, errors, false)
  validateSelector(hook.objectSelector, `${path}.objectSelector`, errors, false)
  validateClientConfig(hook.clientConfig, `${path}.clientConfig`, errors)
  validateConditions(hook.matchConditions, CONDITION_NAMES, `${path}.matchConditions`, errors)
  validateReviews((hook.admissionReviewVersions as string[] | undefined) ?? [], `${path}.admissionReviewVersions`, errors)
}

function validateName(name: string | undefined, path: string, errors: FieldErrors): void {
  if (!name) return errors.required(path)
  const wrong = dnsSubdomain(name)
  if (wrong !== undefined) errors.invalid(path, name, wrong)
  else if (name.split('.').length < 3) errors.invalid(path, name, 'should be a domain with at least three segments separated by dots')
}

function validateReviews(versions: readonly string[], path: string, errors: FieldErrors): void {
  if (versions.length === 0) return errors.required(path, `must specify one of ${REVIEWS.join(', ')}`)
  versions.forEach((version, i) => {
    if (versions.indexOf(version) !== i) errors.invalid(`${path}[${String(i)}]`, version, 'duplicate version')
    else errors.check(`${path}[${String(i)}]`, version, dns1035Label)
  })
  if (!versions.some((version) => REVIEWS.includes(version))) errors.invalid(path, versions, `must include at least one of ${REVIEWS.join(', ')}`)
}
