import type { NodeInfo } from '../node-info.ts'
import type { ScorePlugin } from '../framework.ts'

const MB = 1024 * 1024
const SMALLEST = 23 * MB
const LARGEST = 1000 * MB

/** Prefers nodes that have the pod's images already, weighing by size and by how many nodes have them (so that not all pods go to one). */
export const imageLocality: ScorePlugin<Map<string, number>> = {
  name: 'ImageLocality',
  weight: 1,
  prepare: ({ pod }, _, all) => {
    const spread = new Map(pod.spec.containers.map((c) => [c.image ?? '', 0]))
    for (const image of spread.keys()) spread.set(image, all.filter((node) => sizeOf(node, image) > 0).length / all.length)
    return [...spread.values()].some((n) => n > 0) ? spread : undefined
  },
  score: ({ pod }, node, spread) => {
    const sum = pod.spec.containers.reduce((n, c) => n + sizeOf(node, c.image ?? '') * (spread.get(c.image ?? '') ?? 0), 0)
    const largest = LARGEST * pod.spec.containers.length
    return (100 * (Math.min(Math.max(sum, SMALLEST), largest) - SMALLEST)) / (largest - SMALLEST)
  },
}

function sizeOf(node: NodeInfo, image: string): number {
  const known = node.node?.status?.images?.find((i) => i.names?.some((name) => name === image || name === `${image}:latest` || name.endsWith(`/${image}`) || name.endsWith(`/${image}:latest`)))
  return known?.sizeBytes ?? 0
}
