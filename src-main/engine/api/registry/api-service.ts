import { timestamp } from '../../../common/clock.ts'
import type { APIService, APIServiceCondition, APIServiceSpec } from '../../../common/kube/generated/apiregistration-v1.ts'
import { APIServices } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { dns1035Label, dnsSubdomain, pathSegment, portNumber } from '../validation/names.ts'
import { defineKind } from './kind.ts'

const HIGHEST_GROUP = 20_000
const HIGHEST_VERSION = 1000

/** APIService: who answers for a group and version. Those that this server answers for are made by itself; requests for others go to the Service that is named. */
export const apiServiceKind = defineKind<APIService>({
  resource: APIServices,
  categories: ['api-extensions'],
  hasStatus: true,
  nameCheck: pathSegment,
  defaults({ spec }) {
    const service = (spec as APIServiceSpec | undefined)?.service
    if (service !== undefined) service.port ??= 443
  },
  prepareForCreate(object, lookup) {
    if ((object.spec as APIServiceSpec | undefined)?.service !== undefined) return
    const local: APIServiceCondition = { type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available', lastTransitionTime: timestamp(lookup.now()) }
    object.status = { conditions: [local] }
  },
  validate({ metadata, spec }, errors) {
    const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0 } = (spec as Partial<APIServiceSpec> | undefined) ?? {}
    if (metadata.name !== `${version}.${group}`) errors.invalid('metadata.name', metadata.name, `must be \`spec.version+"."+spec.group\`: "${version}.${group}"`)
    if (group === '' && version !== 'v1') errors.required('spec.group', 'only v1 may have an empty group and it better be legacy kube')
    if (group !== '') errors.check('spec.group', group, dnsSubdomain)
    errors.check('spec.version', version, dns1035Label)
    if (groupPriorityMinimum <= 0 || groupPriorityMinimum > HIGHEST_GROUP) errors.invalid('spec.groupPriorityMinimum', groupPriorityMinimum, 'must be positive and less than 20000')
    if (versionPriority <= 0 || versionPriority > HIGHEST_VERSION) errors.invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000')
    validateServer(spec, errors)
  },
  columns: [
    nameColumn,
    { name: 'Service', type: 'string', description: 'The reference to the service that hosts this API endpoint.', cell: ({ spec: { service } }) => (service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`) },
    { name: 'Available', type: 'string', description: 'Whether this service is available.', cell: availability },
    ageColumn,
  ],
})

function validateServer({ service, caBundle, insecureSkipTLSVerify = false }: Partial<APIServiceSpec> = {}, errors: FieldErrors): void {
  if (service === undefined) {
    if (caBundle) errors.invalid('spec.caBundle', `${String(Buffer.from(caBundle, 'base64').length)} bytes`, 'local APIServices may not have a caBundle')
    if (insecureSkipTLSVerify) errors.invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify')
    return
  }
  if (!service.namespace) errors.required('spec.service.namespace')
  if (!service.name) errors.required('spec.service.name')
  const wrong = portNumber(service.port ?? 0)
  if (wrong !== undefined) errors.invalid('spec.service.port', service.port ?? 0, `port is not valid: ${wrong}`)
  if (insecureSkipTLSVerify && caBundle) errors.invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')
}

function availability({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available')
  if (condition === undefined) return 'Unknown'
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`
}
