import type { AddServerStep } from '../../../src-main/common/contract/index.ts'
import type { ServerFormProblem } from '../../lib/server-form.ts'
import { m } from '../../paraglide/messages.js'

/** A problem of the form in words. */
export function serverProblemWords(problem: ServerFormProblem): string {
  switch (problem) {
    case 'host_missing': return m.server_host_missing()
    case 'host_form': return m.server_host_form()
    case 'user_form': return m.server_user_form()
    case 'port_form': return m.server_port_form()
    case 'key_missing': return m.server_key_missing()
    case 'name_form': return m.server_name_form()
    case 'zone_form': return m.zone_form()
  }
}

/** A step as people say it. */
export function stepWord(step: AddServerStep): string {
  switch (step) {
    case 'connect': return m.step_connect()
    case 'login': return m.step_login()
    case 'docker': return m.step_docker()
    case 'network': return m.step_network()
    case 'node': return m.step_node()
  }
}
