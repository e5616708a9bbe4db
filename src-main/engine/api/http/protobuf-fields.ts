// The public field numbers of what clients send in protobuf for the kinds that `kubectl create KIND` makes, and of deletions.
//   NAME=NUMBER[:TYPE][*]    TYPE: string (default), int, bool, map (of strings), bytes (a map of them), quantities (a map), Time, IntOrString,
//                            or a message below; `?` keeps a zero (the field is a pointer), `*` is a list.
// What a message has beyond these is refused, never dropped (see protobuf.ts).
const META = 'metadata=1:ObjectMeta'

export const MESSAGES: Readonly<Record<string, string>> = {
  'v1/Namespace': `${META} spec=2:NamespaceSpec status=3:Status`,
  'v1/ConfigMap': `${META} data=2:map binaryData=3:bytes immutable=4:bool?`,
  'v1/Secret': `${META} data=2:bytes type=3 stringData=4:map immutable=5:bool?`,
  'v1/ServiceAccount': `${META} secrets=2:ObjectReference* imagePullSecrets=3:LocalReference* automountServiceAccountToken=4:bool?`,
  'v1/Service': `${META} spec=2:ServiceSpec status=3:Status`,
  'v1/Pod': `${META} spec=2:PodSpec status=3:Status`,
  'apps/v1/Deployment': `${META} spec=2:DeploymentSpec status=3:Status`,
  'autoscaling/v1/HorizontalPodAutoscaler': `${META} spec=2:AutoscalerSpec status=3:Status`,
  'batch/v1/Job': `${META} spec=2:JobSpec status=3:Status`,
  'batch/v1/CronJob': `${META} spec=2:CronJobSpec status=3:Status`,
  'v1/DeleteOptions': 'gracePeriodSeconds=1:int? preconditions=2:Preconditions orphanDependents=3:bool? propagationPolicy=4 dryRun=5*',
  'policy/v1/Eviction': `${META} deleteOptions=2:v1/DeleteOptions`,
  'policy/v1/PodDisruptionBudget': `${META} spec=2:PodDisruptionBudgetSpec status=3:Status`,
  'policy/v1beta1/Eviction': `${META} deleteOptions=2:v1/DeleteOptions`,

  ObjectMeta: 'name=1 generateName=2 namespace=3 uid=5 resourceVersion=6 generation=7:int creationTimestamp=8:Time labels=11:map annotations=12:map ownerReferences=13:OwnerReference* finalizers=14*',
  OwnerReference: 'kind=1 name=3 uid=4 apiVersion=5 controller=6:bool? blockOwnerDeletion=7:bool?',
  ObjectReference: 'kind=1 namespace=2 name=3 uid=4 apiVersion=5 resourceVersion=6 fieldPath=7',
  LocalReference: 'name=1',
  Preconditions: 'uid=1 resourceVersion=2',
  // The server's own; a client sends it empty.
  Status: '',
  NamespaceSpec: 'finalizers=1*',
  ServiceSpec: 'ports=1:ServicePort* selector=2:map clusterIP=3 type=4 externalIPs=5* sessionAffinity=7 loadBalancerIP=8 loadBalancerSourceRanges=9* externalName=10 ' +
    'externalTrafficPolicy=11 healthCheckNodePort=12:int publishNotReadyAddresses=13:bool ipFamilyPolicy=17 clusterIPs=18* ipFamilies=19* internalTrafficPolicy=22',
  ServicePort: 'name=1 protocol=2 port=3:int targetPort=4:IntOrString nodePort=5:int appProtocol=6',
  DeploymentSpec: 'replicas=1:int? selector=2:LabelSelector template=3:PodTemplateSpec strategy=4:DeploymentStrategy minReadySeconds=5:int revisionHistoryLimit=6:int? paused=7:bool progressDeadlineSeconds=9:int?',
  DeploymentStrategy: 'type=1 rollingUpdate=2:RollingUpdate',
  RollingUpdate: 'maxUnavailable=1:IntOrString maxSurge=2:IntOrString',
  AutoscalerSpec: 'scaleTargetRef=1:CrossVersionReference minReplicas=2:int? maxReplicas=3:int targetCPUUtilizationPercentage=4:int?',
  CrossVersionReference: 'kind=1 name=2 apiVersion=3',
  PodDisruptionBudgetSpec: 'minAvailable=1:IntOrString? selector=2:LabelSelector maxUnavailable=3:IntOrString? unhealthyPodEvictionPolicy=4',
  JobSpec: 'parallelism=1:int? completions=2:int? activeDeadlineSeconds=3:int? selector=4:LabelSelector manualSelector=5:bool? template=6:PodTemplateSpec backoffLimit=7:int? ttlSecondsAfterFinished=8:int? ' +
    'completionMode=9 suspend=10:bool? backoffLimitPerIndex=12:int? maxFailedIndexes=13:int? podReplacementPolicy=14 managedBy=15',
  CronJobSpec: 'schedule=1 startingDeadlineSeconds=2:int? concurrencyPolicy=3 suspend=4:bool? jobTemplate=5:JobTemplateSpec successfulJobsHistoryLimit=6:int? failedJobsHistoryLimit=7:int? timeZone=8',
  JobTemplateSpec: `${META} spec=2:JobSpec`,
  LabelSelector: 'matchLabels=1:map matchExpressions=2:Requirement*',
  Requirement: 'key=1 operator=2 values=3*',
  PodTemplateSpec: `${META} spec=2:PodSpec`,
  PodSpec: 'containers=2:Container* restartPolicy=3 terminationGracePeriodSeconds=4:int? activeDeadlineSeconds=5:int? dnsPolicy=6 nodeSelector=7:map serviceAccountName=8 serviceAccount=9 nodeName=10 ' +
    'hostNetwork=11:bool hostPID=12:bool hostIPC=13:bool imagePullSecrets=15:LocalReference* hostname=16 subdomain=17 schedulerName=19 initContainers=20:Container* automountServiceAccountToken=21:bool?',
  Container: 'name=1 image=2 command=3* args=4* workingDir=5 ports=6:ContainerPort* env=7:EnvVar* resources=8:Resources terminationMessagePath=13 imagePullPolicy=14 stdin=16:bool stdinOnce=17:bool tty=18:bool terminationMessagePolicy=20',
  ContainerPort: 'name=1 hostPort=2:int containerPort=3:int protocol=4 hostIP=5',
  EnvVar: 'name=1 value=2',
  Resources: 'limits=1:quantities requests=2:quantities',
}
