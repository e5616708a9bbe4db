import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { EMPTY_FORM, toYaml, validate, type DeployForm } from './deploy-form.ts'

const good: DeployForm = { ...EMPTY_FORM, name: 'web', image: 'nginx', port: '80' }

test.each<[Partial<DeployForm>, string, string]>([
  [{ name: '' }, 'name', 'name_missing'], [{ name: 'Web' }, 'name', 'name_form'], [{ name: '1web' }, 'name', 'name_form'], [{ name: 'web-' }, 'name', 'name_form'], [{ name: 'a'.repeat(64) }, 'name', 'name_form'],
  [{ image: ' ' }, 'image', 'image_missing'], [{ image: 'nginx:' }, 'image', 'image_form'], [{ image: 'http://nginx' }, 'image', 'image_form'], [{ image: 'a b' }, 'image', 'image_form'],
  [{ replicas: '' }, 'replicas', 'replicas_form'], [{ replicas: '-1' }, 'replicas', 'replicas_form'], [{ replicas: '1.5' }, 'replicas', 'replicas_form'],
  [{ port: '0' }, 'port', 'port_form'], [{ port: '65536' }, 'port', 'port_form'], [{ port: '', expose: 'NodePort' }, 'port', 'port_missing'],
  [{ expose: 'NodePort', nodePort: '80' }, 'nodePort', 'node_port_form'],
  [{ environment: [{ name: '1A', value: '' }] }, 'environment.0', 'env_form'], [{ environment: [{ name: 'A', value: '1' }, { name: 'A', value: '2' }] }, 'environment.1', 'env_twice'],
])('%o has a problem with its %s', (change, field, problem) => expect(validate({ ...good, ...change })).toEqual({ [field]: problem }))

test.each(['nginx', 'nginx:1.27', 'ghcr.io/team/app:v1', 'localhost:5000/a/b', 'a@sha256:' + 'f'.repeat(64)])('%s is an image', (image) => expect(validate({ ...good, image })).toEqual({}))

test('the YAML says what the form says, without anchors', () => {
  const text = toYaml({ ...good, replicas: '3', expose: 'NodePort', nodePort: '30080', environment: [{ name: 'A', value: 'x: y # z' }, { name: '', value: '' }] })
  expect(text).not.toMatch(/[&*]a\d/)
  const [deployment, service] = parseAllDocuments(text).map((d) => (d as { toJS(): unknown }).toJS())
  expect(deployment).toMatchObject({ kind: 'Deployment', spec: { replicas: 3, template: { spec: { containers: [{ image: 'nginx', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: 'x: y # z' }] }] } } } })
  expect(service).toMatchObject({ kind: 'Service', spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 80, nodePort: 30080 }] } })
})

test('without a port there is no Service', () => expect(toYaml({ ...good, port: '' })).not.toContain('Service'))
