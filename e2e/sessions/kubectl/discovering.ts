import { no, ok } from '../step.ts'

const LATER = { why: 'the option came later', skip: true }

/** What there is, and what it means: discovery, `explain`, versions, configuration. */
export const discovering = [
  ok('version', /Server Version: .*v1\.32\.\d/),
  ok('version -o json', /"gitVersion": "v1\.32\.\d+\+toque"/),
  ok('api-versions', [/^apps\/v1$/m, /^v1$/m, /^autoscaling\/v1$/m, /^autoscaling\/v2$/m]),
  ok('api-resources', [/^NAME +SHORTNAMES +API(VERSION|GROUP) +NAMESPACED +KIND$/m, /^deployments +deploy +apps(\/v1)? +true +Deployment$/m, /^nodes +no +(v1 +)?false +Node$/m]),
  ok('api-resources --namespaced=false -o name', [/^namespaces$/m, /^clusterroles\.rbac\.authorization\.k8s\.io$/m]),
  ok('api-resources --api-group=batch -o name', 'cronjobs.batch\njobs.batch'),
  ok('api-resources --verbs=list,get --sort-by=name -o name', /^configmaps$/m),
  ok('api-resources --categories=all -o name', /^pods$/m, { old: LATER }),
  ok('api-resources -o wide --api-group=apps', /deployments.*(\[create delete deletecollection get list patch update watch\]|create,delete,deletecollection,get,list,patch,update,watch)/),
  ok('cluster-info', [/Kubernetes (control plane|master).* is running at .*https:\/\/127\.0\.0\.1:\d+/]),

  ok('explain deployment', [/^KIND: +Deployment$/m, /Deployment enables declarative updates for Pods and ReplicaSets\./, /spec/]),
  ok('explain deployment.spec.replicas', [/FIELD: +replicas <integer>/, /Number of desired pods/]),
  ok('explain deployments.spec.strategy.rollingUpdate.maxSurge', [/FIELD: +maxSurge <(IntOrString|string)>/, /The maximum number of pods that can be scheduled above the desired\s+number/]),
  ok('explain deployment.spec.selector', /Label selector for pods\. Existing ReplicaSets whose pods are selected by/),
  ok('explain pod.spec.containers', [/resources\s+<.+>\n +Compute Resources required by this container\./, /livenessProbe\s+<.+>\n +Periodic probe of container liveness\./]),
  ok('explain pod.spec.containers.ports', [/(FIELDS?|RESOURCE): +ports <\[\]/, /containerPort\s+<integer> +-required-/]),
  ok('explain pods --recursive', [/containerPort\s+<integer>/, /hostAliases\s+<\[\]/]),
  ok('explain hpa --api-version=autoscaling/v1', /VERSION: +(autoscaling\/)?v1\n/),
  ok('explain horizontalpodautoscaler.spec.metrics', /metrics contains the specifications/),
  ok('explain cm.data --output=plaintext-openapiv2', /Data contains the configuration data/, { old: LATER }),
  ok('explain certificates.toque.dev.spec', /(FIELD|RESOURCE): +spec/, { old: { why: 'it knows no groups here', skip: true } }),
  no('explain pod.spec.unicorn', /field "unicorn" does not exist/, { out: /^(KIND: +Pod\nVERSION: +v1\n\n)?$/ }),
  no('explain unicorn', /(couldn't find resource|the server doesn't have a resource type "unicorn")/),

  ok('config view --minify -o jsonpath={.contexts[0].context.namespace}', '{ns}'),
  ok('config current-context', /^\S+\n$/),
  ok('config set-context --current --namespace={ns}', /Context "\S+" modified\./),
  ok('config get-contexts -o name', /^\S+\n$/),
  ok('options', /--kubeconfig/),
  ok('completion bash', /__start_kubectl/),
  ok('plugin list', undefined, { code: 1, err: /unable to find any kubectl plugins in your PATH/ }),
  ok('cluster-info dump --namespaces={ns} --output-directory={dir}/dump', /Cluster info dumped to/),
  ok('get --raw /openapi/v3', /"apis\/apps\/v1":{"serverRelativeURL":"\/openapi\/v3\/apis\/apps\/v1\?hash=/),
  ok('get --raw /apis/apps', /"preferredVersion":{"groupVersion":"apps\/v1","version":"v1"}/),
  ok('get --raw /version', /"major":"1"/),
  ok('get --raw /api', /"versions":\["v1"\]/),
  no('get --raw /apis/nothing.example.com/v1', /NotFound/),
  no('--server=https://127.0.0.1:1 get pods', /connection refused|refused - did you specify the right host or port\?/),
]
