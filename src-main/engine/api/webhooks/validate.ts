import type { WebhookClientConfig } from '../../../common/kube/generated/apiextensions-v1.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { portNumber } from '../validation/names.ts'

/** Checks how a webhook is called, in upstream's words: by a URL or a Service, one of the two, over HTTPS. */
export function validateWebhookClientConfig({ url, service, caBundle }: WebhookClientConfig, path: string, errors: FieldErrors): void {
  if ((url === undefined) === (service === undefined)) errors.required(path, 'exactly one of url or service is required')
  if (url !== undefined) validateWebhookUrl(url, `${path}.url`, errors)
  if (service !== undefined) {
    if (!service.name) errors.required(`${path}.service.name`, 'service name is required')
    if (!service.namespace) errors.required(`${path}.service.namespace`, 'service namespace is required')
    const wrong = service.port === undefined ? undefined : portNumber(service.port)
    if (wrong !== undefined) errors.invalid(`${path}.service.port`, service.port, `port is not valid: ${wrong}`)
    if (service.path !== undefined && (!service.path.startsWith('/') || service.path.includes('//'))) errors.invalid(`${path}.service.path`, service.path, `must start with a '/' and have no empty segment`)
  }
  if (caBundle !== undefined && !/-----BEGIN CERTIFICATE-----/.test(Buffer.from(caBundle, 'base64').toString('latin1'))) errors.invalid(`${path}.caBundle`, caBundle, 'unable to load root certificates: unable to parse bytes as PEM block')
}

function validateWebhookUrl(url: string, path: string, errors: FieldErrors): void {
  if (!URL.canParse(url)) return errors.required(path, 'url must be a valid URL; desired format: https://host[/path]')
  const { protocol, hostname, username, search, hash } = new URL(url)
  if (protocol !== 'https:') errors.invalid(path, protocol.slice(0, -1), "'https' is the only allowed URL scheme; desired format: https://host[/path]")
  if (hostname === '') errors.invalid(path, hostname, 'host must be specified; desired format: https://host[/path]')
  if (username !== '') errors.invalid(path, username, 'user information is not permitted in the URL')
  if (hash !== '') errors.invalid(path, hash, 'fragments are not permitted in the URL')
  if (search !== '') errors.invalid(path, search, 'query parameters are not permitted in the URL')
}
