import { no, ok } from '../step.ts'

const BETA = (of: string): { why: string; code: number; err: RegExp; out: RegExp } => ({ why: `it asks for ${of}, which is gone`, code: 1, err: /could not find the requested resource/, out: /^$/ })
const objects = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {serviceName: db, replicas: 1, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: talks, ports: [{containerPort: 5432}]}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: everywhere}
spec: {selector: {matchLabels: {app: everywhere}}, template: {metadata: {labels: {app: everywhere}}, spec: {containers: [{name: c, image: talks}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {schedule: "0 3 * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: site}
spec: {rules: [{host: example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits}
spec: {limits: [{type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 100m}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota}
spec: {hard: {pods: "20"}}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432, name: sql}]}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: classic}
spec: {replicas: 1, selector: {app: classic}, template: {metadata: {labels: {app: classic}}, spec: {containers: [{name: c, image: talks}]}}}
`

/** `kubectl describe` of nearly every kind. */
export const describing = [
  ok('create deployment web --image=talks --replicas=2 --port=80', /created/),
  ok('apply -f -', /service\/db created/, { stdin: objects }),
  ok('expose deployment web --port=80', /exposed/),
  ok('rollout status deployment/web --timeout=90s', /successfully rolled out/),
  ok('rollout status statefulset/db --timeout=90s', /(partitioned roll out complete|statefulset rolling update complete)/),
  ok('rollout status daemonset/everywhere --timeout=90s', /daemon set "everywhere" successfully rolled out/),
  ok('describe deployment web', [/^Name: +web$/m, /^Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable$/m, /RollingUpdateStrategy: +25% max unavailable, 25% max surge/, /Available +True +MinimumReplicasAvailable/, /NewReplicaSet: +web-\w+ \(2\/2 replicas created\)/, /ScalingReplicaSet/], { eventually: true }),
  ok('describe replicaset -l app=web', [/^Controlled By: +Deployment\/web$/m, /^Replicas: +2 current \/ 2 desired$/m, /Pods Status: +2 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed/]),
  ok('describe pod -l app=web', [/^Controlled By: +ReplicaSet\/web-/m, /^Status: +Running$/m, /^ {2}Ready +True/m, /QoS Class: +BestEffort/, /Node-Selectors: +<none>/, /Tolerations: +node\.kubernetes\.io\/not-ready:NoExecute op=Exists for 300s/, /Scheduled/], { eventually: true }),
  ok('describe statefulset db', [/^Replicas: +1 desired \| 1 total$/m, /SuccessfulCreate/], { eventually: true }),
  ok('describe daemonset everywhere', [/Desired Number of Nodes Scheduled: \d/, /Pods Status: +\d Running/]),
  ok('describe rc classic', [/^Selector: +app=classic$/m, /^Replicas: +1 current \/ 1 desired$/m], { eventually: true }),
  ok('expose rc classic --port=1234 --target-port=80 --name=rm2', 'service/rm2 exposed'),
  ok('get service rm2 -o jsonpath={.spec.selector}{.spec.ports[0].targetPort}', '{"app":"classic"}80'),
  ok('describe cronjob nightly', [/^Schedule: +0 3 \* \* \*$/m, /^Concurrency Policy: +Allow$/m], { old: BETA('batch/v1beta1') }),
  ok('create job once --image=busybox', /created/),
  ok('wait --for=condition=complete job/once --timeout=90s', 'job.batch/once condition met'),
  ok('describe job once', [/^Completions: +1$/m, /Pods Statuses: +0 (Active|Running)( \(0 Ready\))? \/ 1 Succeeded \/ 0 Failed/, /SuccessfulCreate/], { eventually: true }),
  ok('describe service web', [/^Type: +ClusterIP$/m, /^IP Families: +IPv4$/m, /^Endpoints: +10\.[\d.]+:80,10\.[\d.]+:80$/m, /^Session Affinity: +None$/m], { eventually: true }),
  ok('describe service db', [/^IP: +None$/m, /^Port: +sql +5432\/TCP$/m]),
  ok('describe endpoints web', [/Addresses: +10\.[\d.]+,10\.[\d.]+$/m, /<unset> +80 +TCP/]),
  ok('describe endpointslice -l kubernetes.io/service-name=web', [/^AddressType: +IPv4$/m, /Ready: +true/], { old: { why: 'it asks for discovery.k8s.io/v1beta1, which is gone', code: 1, out: /^$/, err: /could not find the requested resource/ } }),
  ok('describe ingress site', [/^Name: +site$/m, /example\.com +\n? +\/ +web:80 \(10\.[\d.]+:80,10\.[\d.]+:80\)/]),
  ok('describe networkpolicy closed', [/PodSelector: +app=db/, /To Port: 5432\/TCP/, /Policy Types: Ingress/]),
  ok('get netpol', /^NAME +POD-SELECTOR +AGE\nclosed +app=db +\d+s\n$/),
  ok('describe pvc data', [/^StorageClass: +local$/m, /^Status: +Pending$/m, /WaitForFirstConsumer/], { eventually: true }),
  ok('describe storageclass local', [/^IsDefaultClass: +Yes$/m, /^VolumeBindingMode: +WaitForFirstConsumer$/m]),
  ok('create configmap settings --from-literal=colour=blue', /created/),
  ok('describe configmap settings', [/colour:\n----\nblue\n/]),
  ok('create secret generic keys --from-literal=password=s3cret', /created/),
  ok('describe secret keys', [/^Type: +Opaque$/m, /^password: +6 bytes$/m]),
  ok('describe serviceaccount default', [/^Name: +default$/m, /^Tokens: +<none>$/m]),
  ok('describe limits limits', /Container +cpu +- +- +100m +500m +-/),
  ok('describe quota quota', /pods +\d+ +20/, { eventually: true }),
  ok('describe pdb web', [/^Min available: +1$/m, /Current: +2/, /Allowed disruptions: +1/], { eventually: true, old: BETA('policy/v1beta1') }),
  ok('autoscale deployment web --min=1 --max=5 --cpu-percent=80', 'horizontalpodautoscaler.autoscaling/web autoscaled'),
  ok('describe hpa web', [/^Reference: +Deployment\/web$/m, /^Min replicas: +1$/m, /^Max replicas: +5$/m]),
  ok('describe priorityclass system-node-critical', /^Value: +2000001000$/m),
  ok('describe clusterrole view', /pods +\[\] +\[\] +\[get list watch\]/),
  ok('describe clusterrolebinding cluster-admin', /Group +system:masters/),
  ok('describe namespace {ns}', [/^Status: +Active$/m, /Resource Quotas[^]*pods +\d+ +20/, /Resource Limits\n Type +Resource[^]*Container +cpu/]),
  ok('describe node node-001', [/^Roles: /m, /Ready +True/, /Capacity:\n +cpu: +16/, /Non-terminated Pods: +\(\d+ in total\)/, /Allocated resources:/]),
  ok('describe lease -n kube-node-lease node-001', /Holder Identity: +node-001/, { eventually: true }),
  ok('describe deployments', /^Name: +web$/m),
  no('describe pod nothing', 'Error from server (NotFound): pods "nothing" not found'),
  no('describe unicorn', `error: the server doesn't have a resource type "unicorn"`),
]
