import type { Guide, PresentCluster, Recommendation } from '../../src-main/common/contract/index.ts'
import type { Needs } from '../../src-main/common/which-mode.ts'
import { QUESTIONS } from '../../src-main/common/which-mode.ts'

/** Recommends by the number of servers only; the present cluster has `servers` of them. */
export class FakeGuide implements Guide {
  readonly #servers: number

  constructor(servers = 3) {
    this.#servers = servers
  }

  recommend(answers: Partial<Needs>): Promise<Recommendation> {
    const servers = answers.servers ?? 1
    const isMany = servers > 5
    const recommendation: Recommendation = {
      mode: isMany ? 'toque' : 'swarm', unanswered: QUESTIONS.filter((id) => answers[id] === undefined), also: answers.gpu === 'some' ? [{ criterion: 'gpu', mode: 'toque', key: 'which_because_gpu_some', values: {} }] : [],
      reasons: [{ criterion: 'servers', mode: isMany ? 'toque' : 'swarm', key: isMany ? 'which_because_servers_many' : 'which_because_servers_few', values: { count: servers, limit: 5 } }],
      changes: [{ criterion: 'people', to: 'toque', key: 'which_if_people_more', values: { count: 6 } }, { criterion: 'gpu', to: 'toque', key: 'which_if_gpu_some', values: {} }],
      advice: [{ key: isMany ? 'which_advice_same_yaml' : 'which_advice_later', values: {} }],
    }
    return Promise.resolve(recommendation)
  }

  present(): Promise<PresentCluster> {
    const count = this.#servers
    return Promise.resolve({
      mode: 'swarm', answers: { servers: count, services: 4, gpu: 'none', autoscaling: 'some' },
      outgrown: count > 5 ? { to: 'toque', signs: [{ criterion: 'servers', mode: 'toque', key: 'which_because_servers_many', values: { count, limit: 5 } }], near: [] } : { to: undefined, signs: [], near: [{ key: 'which_near_services', values: { count: 4, limit: 5 } }] },
    })
  }
}
