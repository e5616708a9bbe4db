import { stringify } from 'yaml'

/** What someone fills in to run something. Numbers are text while they are typed. */
export interface DeployForm {
  name: string
  namespace: string
  image: string
  replicas: string
  /** '' when it listens on none. */
  port: string
  expose: 'none' | 'ClusterIP' | 'NodePort'
  /** '' lets the cluster choose. */
  nodePort: string
  environment: { name: string; value: string }[]
}

/** What is wrong with a field; the screen has the words. */
export type FormProblem = 'name_missing' | 'name_form' | 'image_missing' | 'image_form' | 'replicas_form' | 'port_form' | 'port_missing' | 'node_port_form' | 'env_form' | 'env_twice'

export const EMPTY_FORM: DeployForm = { name: '', namespace: 'default', image: '', replicas: '1', port: '', expose: 'ClusterIP', nodePort: '', environment: [] }

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const IMAGE = /^[a-z0-9]+([._-][a-z0-9]+)*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/i

function isWhole(text: string, min: number, max: number): boolean {
  return /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max
}

/** Problems by field; environment rows are `environment.0`. Empty when the form can be deployed. */
export function validate(form: DeployForm): Record<string, FormProblem> {
  const problems: Record<string, FormProblem> = {}
  if (form.name === '') problems['name'] = 'name_missing'
  // A Service's name is the stricter one: 63 characters, a letter first.
  else if (!LABEL.test(form.name) || form.name.length > 63 || !/^[a-z]/.test(form.name)) problems['name'] = 'name_form'
  if (form.image.trim() === '') problems['image'] = 'image_missing'
  else if (!IMAGE.test(form.image.trim())) problems['image'] = 'image_form'
  if (!isWhole(form.replicas, 0, 1000)) problems['replicas'] = 'replicas_form'
  if (form.port !== '' && !isWhole(form.port, 1, 65_535)) problems['port'] = 'port_form'
  if (form.port === '' && form.expose === 'NodePort') problems['port'] = 'port_missing'
  if (form.expose === 'NodePort' && form.nodePort !== '' && !isWhole(form.nodePort, 30_000, 32_767)) problems['nodePort'] = 'node_port_form'
  form.environment.forEach(({ name, value }, i) => {
    if (name === '' && value === '') return
    if (!/^[A-Za-z_.-][\w.-]*$/.test(name)) problems[`environment.${String(i)}`] = 'env_form'
    else if (form.environment.findIndex((other) => other.name === name) !== i) problems[`environment.${String(i)}`] = 'env_twice'
  })
  return problems
}

/** The documents that say the same: a Deployment, and a Service where it is exposed. Works for a half-filled form too. */
export function toYaml(form: DeployForm): string {
  const { name, namespace } = form
  const labels = { app: name }
  const port = isWhole(form.port, 1, 65_535) ? Number(form.port) : undefined
  const environment = form.environment.filter((e) => e.name !== '')
  const deployment = {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels },
    spec: {
      replicas: /^\d+$/.test(form.replicas) ? Number(form.replicas) : 1, selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{
            name: name === '' ? 'app' : name, image: form.image.trim(),
            ...(port === undefined ? {} : { ports: [{ containerPort: port }] }),
            ...(environment.length === 0 ? {} : { env: environment.map((e) => ({ name: e.name, value: e.value })) }),
          }],
        },
      },
    },
  }
  const documents: unknown[] = [deployment]
  if (port !== undefined && form.expose !== 'none') {
    const nodePort = form.expose === 'NodePort' && isWhole(form.nodePort, 1, 65_535) ? { nodePort: Number(form.nodePort) } : {}
    documents.push({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, labels }, spec: { type: form.expose, selector: labels, ports: [{ port, targetPort: port, ...nodePort }] } })
  }
  return documents.map((d) => stringify(d, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n')
}
