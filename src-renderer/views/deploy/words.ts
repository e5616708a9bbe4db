import type { FormProblem } from '../../lib/deploy-form.ts'
import { m } from '../../paraglide/messages.js'

/** A form's problem as a sentence. */
export function problemWords(problem: FormProblem): string {
  switch (problem) {
    case 'name_missing': return m.form_name_missing()
    case 'name_form': return m.form_name_form()
    case 'image_missing': return m.form_image_missing()
    case 'image_form': return m.form_image_form()
    case 'replicas_form': return m.form_replicas_form()
    case 'port_form': return m.form_port_form()
    case 'port_missing': return m.form_port_missing()
    case 'node_port_form': return m.form_node_port_form()
    case 'env_form': return m.form_env_form()
    case 'env_twice': return m.form_env_twice()
  }
}
