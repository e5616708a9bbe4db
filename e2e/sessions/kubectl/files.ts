import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "1"}\n`

/** What the commands read, by its path in the session's folder. */
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'a.txt': 'first\n',
  'b.txt': 'second\n',
  'bytes.bin': Uint8Array.of(0, 255, 0, 255),
  'vars.env': '# a comment\nCOLOUR=red\nSIZE=9\n',
  'names.tmpl': '{{range .items}}{{.metadata.name}},{{end}}',
  'columns.txt': 'POD            IMAGE\nmetadata.name  spec.containers[0].image\n',
  'patch.yaml': 'spec: {minReadySeconds: 1}\n',
  'many/configmap.yaml': configMap('from-file'),
  'many/secret.json': '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"from-file"},"stringData":{"a":"1"}}',
  'many/below/deep.yml': configMap('deep'),
  'kustomized/kustomization.yaml': 'namePrefix: k-\ncommonAnnotations: {made: by-kustomize}\nresources: [deployment.yaml]\nimages: [{name: nginx, newTag: "1.27"}]\nconfigMapGenerator: [{name: settings, literals: [colour=blue]}]\n',
  'kustomized/deployment.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 0, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx, envFrom: [{configMapRef: {name: settings}}]}]}}}\n',
}

/** Writes the files of a session. */
export async function writeFiles(dir: string): Promise<void> {
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
}
