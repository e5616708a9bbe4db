/** The extended resource by which pods ask for GPUs, as everywhere. */
export const GPU_RESOURCE = 'nvidia.com/gpu'
/** On a node: the UUIDs of the GPUs that its Docker can hand out, separated by commas. */
export const GPUS_ANNOTATION = 'toque.dev/gpus'
