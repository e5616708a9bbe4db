import { no, ok } from '../step.ts'

const map = (name: string, data: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${more}}\ndata: {${data}}\n`
const labelled = (name: string): string => map(name, 'a: "1"', ', labels: {set: pruned}')
const both = (...objects: string[]): string => objects.join('---\n')
const OWN_CHECK = { why: 'it checks fields by itself, by the published schema' }
const NO_COMMAND = { why: 'no such option', skip: true }

/** `kubectl apply` in all its ways, `diff`, and what is wrong with a manifest. */
export const applying = [
  ok('apply -f -', 'configmap/one created', { stdin: map('one', 'a: "1"') }),
  ok('apply -f -', 'configmap/one unchanged', { stdin: map('one', 'a: "1"') }),
  ok('apply -f -', 'configmap/one configured', { stdin: map('one', 'a: "2", b: "1"') }),
  ok('apply -f -', 'configmap/one configured', { stdin: map('one', 'b: "1"') }),
  ok('get configmap one -o jsonpath={.data}', '{"b":"1"}'),
  ok('apply view-last-applied configmap one', /name: one/),
  ok('apply --dry-run=client -f -', 'configmap/one configured (dry run)', { stdin: map('one', 'b: "2"') }),
  ok('apply --dry-run=server -f -', 'configmap/one configured (server dry run)', { stdin: map('one', 'b: "2"') }),
  ok('apply --dry-run=server -f -', 'configmap/never created (server dry run)', { stdin: map('never', 'b: "2"') }),
  ok('get configmap one never --ignore-not-found -o jsonpath={.items[*].data.b}{.data.b}', '1'),
  ok('diff -f -', '', { stdin: map('one', 'b: "1"') }),
  { run: 'diff -f -', stdin: map('one', 'b: "2"'), code: 1, out: [/^-\s+b: "1"$/m, /^\+\s+b: "2"$/m], err: /^(exit status 1\n)?$/ },
  ok('create configmap plain --from-literal=a=1', 'configmap/plain created'),
  ok('apply -f -', 'configmap/plain configured', { stdin: map('plain', 'a: "2"'), err: /missing the kubectl\.kubernetes\.io\/last-applied-configuration annotation/ }),
  ok('apply set-last-applied -f - --create-annotation', 'configmap/plain configured', { stdin: map('plain', 'a: "3"') }),

  ok('apply --server-side -f -', 'configmap/owned serverside-applied', { stdin: map('owned', 'a: "1", b: "1"') }),
  ok('apply --server-side -f -', 'configmap/owned serverside-applied', { stdin: map('owned', 'a: "1"') }),
  ok('get configmap owned -o jsonpath={.data}', '{"a":"1"}'),
  no('apply --server-side --field-manager=other -f -', [/conflict with "kubectl"/, /\.data\.a/], { stdin: map('owned', 'a: "2"') }),
  ok('apply --server-side --field-manager=other --force-conflicts -f -', 'configmap/owned serverside-applied', { stdin: map('owned', 'a: "2"') }),
  no('apply --server-side -f -', /conflict with "other"/, { stdin: map('owned', 'a: "1"') }),
  ok('apply --server-side --dry-run=server -f -', 'configmap/owned serverside-applied (server dry run)', { stdin: map('owned', 'c: "1"') }),
  ok('get configmap owned -o yaml --show-managed-fields', [/manager: other/, /operation: Apply/, /f:data/], { old: { why: 'it always shows them', run: 'get configmap owned -o yaml' } }),
  // Every write is recorded: what was created is its creator's, and what was applied client-side goes over.
  ok('create configmap made --from-literal=a=1', 'configmap/made created'),
  no('apply --server-side -f -', [/conflict with "kubectl-create"/, /\.data\.a/], { stdin: map('made', 'a: "2"') }),
  ok('apply --server-side --force-conflicts -f -', 'configmap/made serverside-applied', { stdin: map('made', 'a: "2"') }),
  // From apply to server-side apply: kubectl's own earlier fields are no conflict.
  ok('apply --server-side -f -', 'configmap/one serverside-applied', { stdin: map('one', 'b: "7"') }),
  ok('get configmap one -o jsonpath={.data}', '{"b":"7"}'),

  ok('apply -f -', /pruned-a created\n.*pruned-b created/, { stdin: both(labelled('pruned-a'), labelled('pruned-b')) }),
  ok('apply --prune -l set=pruned --prune-allowlist=core/v1/ConfigMap -f -', /pruned-a (unchanged|configured)\nconfigmap\/pruned-b pruned/, {
    stdin: labelled('pruned-a'), old: { why: 'the option had another name', run: 'apply --prune -l set=pruned --prune-whitelist=core/v1/ConfigMap -f -' },
  }),
  ok('get configmap -l set=pruned -o name', 'configmap/pruned-a'),

  no('apply -f -', /strict decoding error: unknown field "dat"/, { stdin: map('typo', '').replace('\ndata:', '\ndat:'), old: { ...OWN_CHECK, err: /ValidationError\(ConfigMap\): unknown field "dat"/ } }),
  ok('apply --validate=warn -f -', 'configmap/typo created', { stdin: map('typo', '').replace('\ndata:', '\ndat:'), err: 'Warning: unknown field "dat"', old: NO_COMMAND }),
  ok('apply --validate=ignore -f -', 'configmap/typed created', { stdin: map('typed', '').replace('\ndata:', '\ndat:'), old: { ...OWN_CHECK, run: 'apply --validate=false -f -', err: /^(Warning: unknown field "dat"\n)?$/ } }),
  no('apply --validate=false -f -', /cannot unmarshal number into Go struct field ConfigMap\.data of type string|unable to decode/, { stdin: map('numbers', 'a: 1') }),
  no('apply -f -', [/The Deployment "bad" is invalid/, /\* spec\.selector: Required value/, /\* spec\.template\.metadata\.labels: Invalid value: /], {
    stdin: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bad}\nspec: {template: {spec: {containers: [{name: c, image: i}]}}}\n',
    old: { ...OWN_CHECK, err: /ValidationError\(Deployment\.spec\): missing required field "selector"/ },
  }),
  no('apply -f {dir}/none.yaml', /the path ".*none\.yaml" does not exist/),
  no('apply -f -', /no objects passed to apply/),
  no('apply -f -', /error (converting YAML to JSON|parsing STDIN)/, { stdin: 'a: [' }),

  ok('apply -f {dir}/many', [/configmap\/from-file created/, /secret\/from-file created/]),
  ok('apply -R -f {dir}/many', [/configmap\/from-file unchanged/, /configmap\/deep created/]),
  ok('apply -k {dir}/kustomized', [/configmap\/k-settings-\w+ created/, /deployment\.apps\/k-web created/]),
  ok('kustomize {dir}/kustomized', [/^kind: Deployment$/m, /namePrefix|k-web/]),
  ok('get deployment k-web -o jsonpath={.metadata.annotations.made}/{.spec.replicas}/{.spec.template.spec.containers[0].image}', 'by-kustomize/0/nginx:1.27'),
  ok('diff -k {dir}/kustomized', ''),
  ok('delete -k {dir}/kustomized', /deployment\.apps "k-web" deleted/),
  ok('apply -f - -o name', 'service/listed', { stdin: 'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: listed}, spec: {ports: [{port: 80}]}}\n' }),
  // A Service that is applied again keeps what was allocated.
  ok('apply -f -', 'service/listed unchanged', { stdin: 'apiVersion: v1\nkind: Service\nmetadata: {name: listed}\nspec: {ports: [{port: 80}]}\n' }),
  no('apply -f -', /spec\.clusterIPs\[0\]: Invalid value: .*may not change once set/, { stdin: 'apiVersion: v1\nkind: Service\nmetadata: {name: listed}\nspec: {clusterIP: 10.96.200.200, ports: [{port: 80}]}\n' }),
]
