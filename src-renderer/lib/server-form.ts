import type { AddServerRequest, LoginChoice } from '../../src-main/common/contract/index.ts'
import { isLabelValue } from '../../src-main/common/kube/labels.ts'
import { parseTarget } from './server-target.ts'

/** What someone fills in to add a server. Nothing secret: passwords are asked for when the server wants them. */
export interface ServerForm {
  host: string
  user: string
  /** Text while it is typed; '' leaves it to ~/.ssh/config. */
  port: string
  login: 'ssh' | LoginChoice['type']
  keyFile: string
  name: string
  zone: string
}

/** What is wrong with a field; the screen has the words. */
export type ServerFormProblem = 'host_missing' | 'host_form' | 'user_form' | 'port_form' | 'key_missing' | 'name_form' | 'zone_form'

export const EMPTY_SERVER_FORM: ServerForm = { host: '', user: '', port: '', login: 'ssh', keyFile: '', name: '', zone: '' }

const NODE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
/** The form with what its host field says beyond the host put into the fields for it. */
export function spread(form: ServerForm): ServerForm {
  const { host, user, port, keyFile } = parseTarget(form.host)
  return {
    ...form, host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }), ...(keyFile === undefined ? {} : { keyFile, login: 'key' as const }),
  }
}

/** Problems by field, in the order of the screen. Empty when the server can be asked. */
export function validateServer(form: ServerForm): Partial<Record<keyof ServerForm, ServerFormProblem>> {
  const problems: Partial<Record<keyof ServerForm, ServerFormProblem>> = {}
  if (form.host.trim() === '') problems.host = 'host_missing'
  else if (/[\s@/]|^-/.test(form.host.trim())) problems.host = 'host_form'
  if (/[\s:]|^-/.test(form.user.trim())) problems.user = 'user_form'
  if (form.port !== '' && !(/^\d+$/.test(form.port) && Number(form.port) >= 1 && Number(form.port) <= 65_535)) problems.port = 'port_form'
  if (form.login === 'key' && form.keyFile.trim() === '') problems.keyFile = 'key_missing'
  if (form.name !== '' && (form.name.length > 63 || !NODE_NAME.test(form.name))) problems.name = 'name_form'
  if (form.zone !== '' && !isLabelValue(form.zone)) problems.zone = 'zone_form'
  return problems
}

/** A form without problems, as the engine wants it: what is left empty is left out. */
export function toRequest(form: ServerForm): AddServerRequest {
  const request: AddServerRequest = { host: form.host.trim() }
  if (form.user.trim() !== '') request.user = form.user.trim()
  if (form.port !== '') request.port = Number(form.port)
  if (form.login === 'key') request.login = { type: 'key', file: form.keyFile.trim() }
  else if (form.login !== 'ssh') request.login = { type: form.login }
  if (form.name !== '') request.name = form.name
  if (form.zone !== '') request.zone = form.zone
  return request
}

/** The field that a failure is about. */
export function fieldOf(field: keyof AddServerRequest, form: ServerForm): keyof ServerForm {
  return field === 'login' && form.login === 'key' ? 'keyFile' : field
}
