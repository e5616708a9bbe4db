import { no, ok } from '../step.ts'

const rules = (resources: string): string => `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: looker, namespace: {ns}}\nrules: [{apiGroups: [""], resources: [${resources}], verbs: [get, list]}]\n`
const LATER = { why: 'no such command', skip: true }

/** Who may do what, and who somebody is. */
export const authorizing = [
  ok('auth can-i create deployments', 'yes'),
  ok('auth can-i "*" "*" -A', 'yes'),
  { run: 'auth can-i get pods --as=eve', code: 1, out: /^no/, err: '' },
  ok('auth can-i get /version --as=eve --as-group=system:authenticated', 'yes'),
  { run: 'auth can-i get unicorns --as=eve', code: 1, out: /^no/, err: `Warning: the server doesn't have a resource type 'unicorns'\n` },
  ok('create role looker --verb=get,list --resource=pods', /created/),
  ok('create rolebinding eve-looks --role=looker --user=eve --group={ns}-cooks', /created/),
  ok('auth can-i list pods --as=eve', 'yes'),
  ok('auth can-i list pods --as=ann --as-group={ns}-cooks', 'yes'),
  { run: 'auth can-i delete pods --as=eve --quiet', code: 1, out: '', err: '' },
  { run: 'auth can-i get pods --subresource=log --as=eve', code: 1, out: /^no/, err: '' },
  ok('auth can-i --list --as=eve', [/^Resources +Non-Resource URLs +Resource Names +Verbs$/m, /^pods +\[\] +\[\] +\[get list\]$/m]),
  ok('get pods --as=eve', '', { err: 'No resources found in {ns} namespace.' }),
  no('get secrets --as=eve', 'Error from server (Forbidden): secrets is forbidden: User "eve" cannot list resource "secrets" in API group "" in the namespace "{ns}"'),
  no('run x --image=nginx --as=eve', 'Error from server (Forbidden): pods is forbidden: User "eve" cannot create resource "pods" in API group "" in the namespace "{ns}"'),
  no('get nodes --as=eve', 'Error from server (Forbidden): nodes is forbidden: User "eve" cannot list resource "nodes" in API group "" at the cluster scope'),
  no('delete pod x --as=eve', 'Error from server (Forbidden): pods "x" is forbidden: User "eve" cannot delete resource "pods" in API group "" in the namespace "{ns}"'),
  ok('create rolebinding admin --clusterrole=admin --user=chef', /created/),
  no('create rolebinding more --clusterrole=cluster-admin --user=chef --as=chef', /is attempting to grant RBAC permissions not currently held/),
  no('create role more --verb=get --resource=nodes --as=chef', /is attempting to grant RBAC permissions not currently held:\n{APIGroups:\[""\], Resources:\["nodes"\], Verbs:\["get"\]}/),
  ok('auth reconcile -f -', /role\.rbac\.authorization\.k8s\.io\/looker reconciled/, { stdin: rules('pods, secrets'), err: /missing rules added/ }),
  ok('auth can-i get secrets --as=eve', 'yes'),
  ok('auth whoami', /Username +kubernetes-admin[^]*Groups +\[system:masters/, { old: LATER }),
  ok('auth whoami --as=eve -o jsonpath={.status.userInfo.username}', 'eve', { old: LATER }),
  ok('create serviceaccount robot', /created/),
  ok('create rolebinding robot --role=looker --serviceaccount={ns}:robot', /created/),
  ok('create token robot', /^ey/, { keep: 'token', old: LATER }),
  ok('--token={token} --kubeconfig={dir}/nobody.yaml auth can-i list pods -n {ns}', 'yes', { old: { why: 'it could not make the token', skip: true } }),
  no('--token={token} --kubeconfig={dir}/nobody.yaml get nodes', /User "system:serviceaccount:{ns}:robot" cannot list resource "nodes"/, { old: { why: 'it could not make the token', skip: true } }),
  no('--token=wrong --kubeconfig={dir}/nobody.yaml get pods', /You must be logged in to the server|Unauthorized/),
  ok('get rolebindings -o wide', [/eve-looks +Role\/looker +\d+s +eve +{ns}-cooks/, /robot +Role\/looker +\d+s +{ns}\/robot/]),
  no(`patch rolebinding robot --type=merge -p '{"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"other"}}'`, /roleRef: Invalid value: .*cannot change roleRef/),
]
