import { no, ok } from '../step.ts'

// `{node}` is this session's own: tainted, so that nobody else's pods are there.
const pods = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: here}
spec:
  replicas: 2
  selector: {matchLabels: {app: here}}
  template:
    metadata: {labels: {app: here}}
    spec:
      tolerations: [{key: kept, operator: Exists}]
      affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, preference: {matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: ["{node}"]}]}}]}}
      containers: [{name: web, image: talks}]
---
apiVersion: v1
kind: Pod
metadata: {name: alone, labels: {app: alone}}
spec: {nodeName: "{node}", tolerations: [{operator: Exists}], containers: [{name: web, image: talks, volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, emptyDir: {}}]}
`

/** What is done to nodes, and `kubectl top`. */
export const nodes = [
  ok('get nodes', [/^NAME +STATUS +ROLES +AGE +VERSION\n/, /^{node} +Ready +\S+ +\d+s +v1\.32\.\d/m]),
  ok('get node {node} -o wide', /INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME\n.*192\.0\.2\.1 +<none> +simulated/),
  ok('apply -f -', /deployment\.apps\/here created/, { stdin: pods }),
  ok('rollout status deployment/here --timeout=90s', /successfully rolled out/),
  ok('wait --for=condition=Ready pod/alone --timeout=90s', /condition met/),
  ok('get pods --field-selector=spec.nodeName={node} -o name', [/pod\/alone/, /pod\/here-/]),

  ok('top node {node}', /^NAME +CPU\(cores\) +CPU\(?%\)? +MEMORY\(bytes\) +MEMORY\(?%\)? *\n{node} +250m +1% +64Mi +0%/),
  ok('top pod alone', /^NAME +CPU\(cores\) +MEMORY\(bytes\) *\nalone +250m +64Mi/),
  ok('top pod alone --containers', /alone +web +250m +64Mi/),
  ok('top pods -l app=here --no-headers', /^here-\S+ +250m +64Mi *\nhere-/),
  no('top pod nothing', /pods "nothing" not found|NotFound/),

  ok('cordon {node}', 'node/{node} cordoned'),
  ok('cordon {node}', 'node/{node} already cordoned'),
  ok('get node {node}', /{node} +Ready,SchedulingDisabled /),
  ok('uncordon {node}', 'node/{node} uncordoned'),
  ok('taint node {node} dedicated=db:NoSchedule', 'node/{node} tainted'),
  no('taint node {node} dedicated=db:NoSchedule', /already has dedicated taint\(s\) with same effect\(s\) and --overwrite is false/),
  ok('taint node {node} dedicated=web:NoSchedule --overwrite', 'node/{node} modified'),
  ok('describe node {node}', [/dedicated=web:NoSchedule/, /Unschedulable: +false/]),
  ok('taint node {node} dedicated-', 'node/{node} untainted'),
  no('taint node {node} dedicated=db:Never', /invalid taint effect: Never|unsupported taint effect/),
  ok('label node {node} disk=ssd', 'node/{node} labeled'),
  ok('get nodes -l disk=ssd -o name', 'node/{node}'),
  ok('label node {node} disk-', /node\/{node} (un)?labeled/),

  ok('drain {node} --dry-run=server --ignore-daemonsets --force --delete-emptydir-data', [/node\/{node} cordoned \(server dry run\)/, /evicting pod {ns}\/alone \(server dry run\)/], { err: /^(Warning|WARNING): (deleting|ignoring|error).*/i }),
  no('drain {node}', [/cannot delete Pods with local storage \(use --delete-emptydir-data to override\): {ns}\/alone/], { out: /^node\/{node} (already )?cordoned/ }),
  ok('drain {node} --ignore-daemonsets --force --delete-emptydir-data --timeout=60s', [/evicting pod {ns}\/alone/, /pod\/alone evicted/, /node\/{node} (drained|evicted)/], { err: /^(Warning|WARNING): deleting Pods/i }),
  ok('get pods --field-selector=spec.nodeName={node} -o name', ''),
  ok('uncordon {node}', 'node/{node} uncordoned'),
]
