import type { NodeInfo } from '../node-info.ts'
import type { ScorePlugin } from '../framework.ts'

const MB = 1024 * 1024
const SMALLEST = 23 * MB
const LARGEST = 1000 * MB

/** Prefers nodes that have the pod's images already, weighing by size and by how many nodes have them (so that not all pods go to one). */
export const imageLocality: ScorePlugin<Map<string, number>> = {
  name: 'ImageLocality',
  weight: 1,
  prepare: ({ pod }, _, snapshot) => {
    const spread = new Map<string, number>()
    for (const { image = '' } of pod.spec.containers) {
      const n = snapshot.nodesWithImage(image)
      if (n > 0) spread.set(image, n / snapshot.nodes.length)
    }
    return spread.size > 0 ? spread : undefined
  },
  score: ({ pod }, node, spread) => {
    const sum = pod.spec.containers.reduce((n, c) => n + Math.floor(sizeOf(node, c.image ?? '') * (spread.get(c.image ?? '') ?? 0)), 0)
    const largest = LARGEST * pod.spec.containers.length
    return Math.floor((100 * (Math.min(Math.max(sum, SMALLEST), largest) - SMALLEST)) / (largest - SMALLEST))
  },
}

function sizeOf(node: NodeInfo, image: string): number {
  return node.images.get(image) ?? 0
}
