import type { ServiceReference, WebhookClientConfig } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { dnsSubdomain, portNumber } from '../../validation/names.ts'

const FORM = '; desired format: https://host[/path]'

/** Checks where a webhook is asked. */
export function validateClientConfig(config: WebhookClientConfig | undefined, path: string, errors: FieldErrors): void {
  const { url, service } = config ?? {}
  if ((url === undefined) === (service === undefined)) errors.required(path, 'exactly one of url or service is required')
  else if (url !== undefined) validateUrl(url, `${path}.url`, errors)
  else if (service !== undefined) validateService(service, `${path}.service`, errors)
}

function validateUrl(text: string, path: string, errors: FieldErrors): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return errors.required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: it has no scheme and host${FORM}`)
  if (url.protocol !== 'https:') errors.invalid(path, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${FORM}`)
  if (url.host === '') errors.invalid(path, '', `host must be specified${FORM}`)
  // What stands there is not said again.
  if (url.username !== '' || url.password !== '') errors.invalid(path, url.username, `user information is not permitted in the URL${FORM}`)
  if (url.hash !== '') errors.invalid(path, url.hash.slice(1), `fragments are not permitted in the URL${FORM}`)
  if (url.search !== '') errors.invalid(path, url.search.slice(1), `query parameters are not permitted in the URL${FORM}`)
}

function validateService({ name, namespace, path: urlPath, port }: ServiceReference, path: string, errors: FieldErrors): void {
  if (!name) errors.required(`${path}.name`, 'service name is required')
  if (!namespace) errors.required(`${path}.namespace`, 'service namespace is required')
  const wrong = port === undefined ? undefined : portNumber(port)
  if (wrong !== undefined) errors.invalid(`${path}.port`, port, `port is not valid: ${wrong}`)
  if (urlPath === undefined || urlPath === '/' || urlPath === '') return
  if (!urlPath.startsWith('/')) errors.invalid(`${path}.path`, urlPath, "must start with a '/'")
  const steps = urlPath.replace(/^\//, '').replace(/\/$/, '').split('/')
  steps.forEach((step, i) => {
    const bad = step === '' ? undefined : dnsSubdomain(step)
    if (step === '') errors.invalid(`${path}.path`, urlPath, `segment[${String(i)}] may not be empty`)
    else if (bad !== undefined) errors.invalid(`${path}.path`, urlPath, `segment[${String(i)}]: ${bad}`)
  })
}
