import { apiBackend, apiFlows, withApi } from './api-service.ts'
import type { LiveApiWay } from './api-service.ts'
import { serviceInput } from './cluster-view.ts'
import type { ClusterView } from './cluster-view.ts'
import { HelperError } from './helper-session.ts'
import type { HelperSession } from './helper-session.ts'
import { lines } from './lines.ts'
import { anew, compileTable, inPlace } from './nft-rules.ts'
import type { NodeNet } from './nft-rules.ts'
import { pathsOf } from './pod-paths.ts'
import { policyModel } from './policy-model.ts'
import { compilePolicies, policyProblem } from './policy-rules.ts'
import { serviceModel, servingAddresses } from './service-model.ts'
import type { ServicePortModel } from './service-model.ts'
import { staleFlows, unansweredFlows } from './stale-flows.ts'

/** One node's rules: of what they are made, and whom they tell. */
export interface RulesKeeperOptions {
  nodeName: string
  apiWay: LiveApiWay
  /** The cluster as it is now. */
  view(): ClusterView
  /** The kernel of this node now has the rules of `view`; new connections go to `serving` only. */
  onApplied(view: ClusterView, serving: ReadonlySet<string>): void
  /** After each look: what of the policies this kernel cannot do, or undefined. */
  onReport(problem: string | undefined): void
}

/** Keeps one node's rules of Services and policies as the cluster wants them, through its helper. One request at a time: the caller sees to it. */
export class RulesKeeper {
  readonly #o: RulesKeeperOptions
  /** The API's port that connections were sent to last; it outlives sessions. */
  #apiPort: number | undefined

  constructor(options: RulesKeeperOptions) {
    this.#o = options
  }

  /** For one session of the helper: a function that brings the node up to date. */
  session(session: HelperSession, node: NodeNet): () => Promise<void> {
    const { nodeName, apiWay } = this.#o
    let sent = { table: '', policies: '' }
    let before: readonly ServicePortModel[] = []
    let knownAvoided: ReadonlySet<string> = new Set()
    return async () => {
      const view = this.#o.view()
      const input = serviceInput(view, nodeName)
      const api = apiBackend(node.gateway, apiWay.get())
      const models = withApi(serviceModel(input), api)
      const peers = pathsOf(view.choice.mode, view.nodes, nodeName)?.peers ?? []
      const policy = policyModel(view.policy, nodeName, node.gateway)
      const policyNet = { ...node, bridgeFilter: session.bridgeFilter }
      const table = compileTable(models, node, peers)
      const policies = compilePolicies(policy, policyNet)
      if (table !== sent.table || policies !== sent.policies) {
        const stale = [...staleFlows(before, models), ...unansweredFlows(view.slices, input.avoidedNodes, knownAvoided), ...(api?.port === this.#apiPort ? [] : apiFlows(models))]
        // One text: both change in one transaction, and both come back after a reboot.
        await session.request('rules', inPlace(table, sent.table) + policies).catch((error: unknown) => {
          if (sent.table !== '' || !(error instanceof HelperError)) throw error
          // Another version of Toque may have hooked its chains elsewhere.
          return session.request('rules', anew(table) + policies)
        })
        if (stale.length > 0) await session.request('flows', lines(stale))
        sent = { table, policies }
        this.#apiPort = api?.port
      }
      before = models
      knownAvoided = input.avoidedNodes
      this.#o.onApplied(view, servingAddresses(models))
      this.#o.onReport(policyProblem(policy, policyNet))
    }
  }
}
