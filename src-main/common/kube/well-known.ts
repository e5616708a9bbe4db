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
/** How the labels begin that say a node's roles. */
export const NODE_ROLE = 'node-role.kubernetes.io/'
/** The annotation in which kubectl's client-side apply, and Toque's, keep what they applied last. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
/** A label of the endpoints of a Service without a cluster IP. */
export const HEADLESS = 'service.kubernetes.io/headless'
/** Finalizers of deletions that leave the object's dependents alive, and that wait for their end. */
export const ORPHAN = 'orphan'
export const FOREGROUND = 'foregroundDeletion'
/** The namespace of what the cluster keeps for itself. */
export const KUBE_SYSTEM = 'kube-system'
/** The cluster's DNS domain. */
export const CLUSTER_DOMAIN = 'cluster.local'
/** What made-up parts of names are of: no vowels and no look-alikes, so that no word appears by chance. */
export const SAFE_LETTERS = 'bcdfghjklmnpqrstvwxz2456789'
