/** Docker labels on everything Toque makes on a server. They are how a restarted engine finds and adopts what runs. */
export const DockerLabel = {
  /** The cluster's ID (the UID of its kube-system namespace): an engine touches only its own cluster's things. */
  cluster: 'toque.dev/cluster',
  /** `sandbox`, `app`, `init`, `helper`, `network`. */
  role: 'toque.dev/role',
  podUid: 'toque.dev/pod-uid',
  podNamespace: 'toque.dev/pod-namespace',
  podName: 'toque.dev/pod-name',
  container: 'toque.dev/container',
  /** UUIDs of the GPUs that the container was given, separated by commas. */
  gpus: 'toque.dev/gpus',
  /** A hash of what the container was made from: it differs, the container is made anew. */
  specHash: 'toque.dev/spec-hash',
  /** On the Docker volume of a PersistentVolume: its UID and name, and the claim that it was made for (namespace/name). Such a volume is no pod's and no leftover. */
  volumeUid: 'toque.dev/pv-uid',
  volume: 'toque.dev/pv',
  claim: 'toque.dev/claim',
  /** Version of these labels, for later versions of Toque. Now `1`. */
  schema: 'toque.dev/schema',
} as const

/** The pod condition that the network sets to `True` once an ending pod's address is out of the rules of every node. */
export const DRAINED_CONDITION = 'toque.dev/Drained'
