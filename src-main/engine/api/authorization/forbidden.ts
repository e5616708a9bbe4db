import { StatusError } from '../../../common/errors.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import type { Attributes } from './attributes.ts'

/** The refusal of a request, in upstream's words. `reason`: what more is known. */
export function forbidden(attributes: Attributes, reason: string): StatusError {
  const { caller: { user }, verb, resource, path } = attributes
  const more = reason === '' ? '' : `: ${reason}`
  if (resource === undefined) return new StatusError('Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path ?? ''}"${more}`)
  const { group, resource: what, namespace, name } = resource
  const [plural = ''] = what.split('/')
  const subject = `${groupResourceOf({ group, plural })}${name === '' ? '' : ` "${name}"`}`
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
  return new StatusError('Forbidden', `${subject} is forbidden: User "${user}" cannot ${verb} resource "${what}" in API group "${group}" ${scope}${more}`, {
    ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural,
  })
}
