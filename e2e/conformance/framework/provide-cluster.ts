import type { TestProject } from 'vitest/node'

/** Tells the tests which cluster is judged: `run.ts` says it by the environment. */
export default function provideCluster(project: TestProject): void {
  const kubeconfig = process.env['CONFORMANCE_KUBECONFIG']
  if (kubeconfig === undefined) throw new Error('which cluster? npm run conformance makes one; npm run conformance -- --kubeconfig FILE takes yours')
  project.provide('kubeconfig', kubeconfig)
  project.provide('wire', process.env['CONFORMANCE_WIRE'] === 'protobuf' ? 'protobuf' : 'json')
}
