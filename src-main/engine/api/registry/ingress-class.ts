import type { IngressClass } from '../../../common/kube/generated/networking-v1.ts'
import { IngressClasses } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { dnsSubdomain, pathSegment } from '../validation/names.ts'
import { defineKind } from './kind.ts'

const MAX_CONTROLLER = 250

/** IngressClass: who serves the Ingresses that name it. */
export const ingressClassKind = defineKind<IngressClass>({
  resource: IngressClasses,
  hasGeneration: true,
  defaults(ingressClass) {
    const parameters = ingressClass.spec?.parameters
    if (parameters !== undefined) parameters.scope ||= 'Cluster'
  },
  validate(ingressClass, errors) {
    validateController(ingressClass.spec?.controller ?? '', errors)
    validateParameters(ingressClass.spec?.parameters, errors)
  },
  validateUpdate: ({ spec }, old, errors) => errors.immutable('spec.controller', spec?.controller ?? '', spec?.controller === old.spec?.controller),
  columns: [
    nameColumn,
    { name: 'Controller', type: 'string', description: 'Controller that is responsible for handling this class', cell: (o) => o.spec?.controller ?? '' },
    { name: 'Parameters', type: 'string', description: 'A reference to a resource with additional parameters', cell: parametersText },
    ageColumn,
  ],
})

function validateController(controller: string, errors: FieldErrors): void {
  const [host = '', ...path] = controller.split('/')
  if (controller === '') errors.required('spec.controller')
  else if (controller.length > MAX_CONTROLLER) errors.tooLong('spec.controller', MAX_CONTROLLER)
  else if (host === '' || path.join('/') === '') errors.invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")')
  else errors.check('spec.controller', host, dnsSubdomain)
}

function validateParameters(parameters: IngressClass['spec']['parameters'], errors: FieldErrors): void {
  if (parameters === undefined) return
  const { apiGroup, kind, name, namespace, scope } = parameters
  errors.check('spec.parameters.apiGroup', apiGroup, dnsSubdomain)
  for (const [field, value] of [['kind', kind], ['name', name]] as const) {
    if (!value) errors.required(`spec.parameters.${field}`, `${field} is required`)
    else errors.check(`spec.parameters.${field}`, value, pathSegment)
  }
  errors.oneOf('spec.parameters.scope', scope, ['Cluster', 'Namespace'])
  if (scope === 'Namespace' && !namespace) errors.required('spec.parameters.namespace', '`parameters.scope` is set to \'Namespace\'')
  if (scope === 'Cluster' && namespace !== undefined) errors.forbidden('spec.parameters.namespace', '`parameters.scope` is set to \'Cluster\'')
}

function parametersText({ spec }: IngressClass): string {
  const parameters = spec?.parameters
  if (parameters === undefined) return '<none>'
  return `${parameters.kind}${parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`}/${parameters.name}`
}
