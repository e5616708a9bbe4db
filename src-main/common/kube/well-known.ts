/** On a Deployment's ReplicaSets, and in their selectors and pods: which template they are of. */
export const POD_TEMPLATE_HASH = 'pod-template-hash'
/** An annotation of a Deployment and its ReplicaSets: the revision of the rollout, counted from 1. */
export const REVISION = 'deployment.kubernetes.io/revision'
/** On a pod template: when a restart was asked for. New pods come from a new template. */
export const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'
/** A label of an EndpointSlice: the Service that it belongs to. */
export const SERVICE_NAME = 'kubernetes.io/service-name'
/** A label of an Endpoints object, `true`: it has its EndpointSlices already, so that none are made after it. */
export const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror'
/** On the pods of StatefulSets and DaemonSets, and on ControllerRevisions: which revision of the template they are of. */
export const REVISION_HASH = 'controller-revision-hash'
/** On a StatefulSet's pods: the pod's own name, so that a Service can select one of them, and its ordinal. */
export const STATEFUL_POD_NAME = 'statefulset.kubernetes.io/pod-name'
export const POD_INDEX = 'apps.kubernetes.io/pod-index'
/** A label of every node: its own name, and so the smallest domain there is. */
export const HOSTNAME = 'kubernetes.io/hostname'
