import type { ClusterFacts, Guide, PresentCluster, Recommendation } from '../../common/contract/index.ts'
import { answersFrom, outgrown } from '../../policy/which-mode/outgrown.ts'
import { recommend } from '../../policy/which-mode/recommend.ts'
import type { Mode, Needs } from '../../common/which-mode.ts'
import { checkAnswers } from './check-answers.ts'

/** Which mode fits, for the screens. */
export class GuideService implements Guide {
  readonly #read: () => Promise<{ mode: Mode; facts: ClusterFacts }>

  /** `read` tells of the cluster that the screens show. */
  constructor(read: () => Promise<{ mode: Mode; facts: ClusterFacts }>) {
    this.#read = read
  }

  recommend(answers: Partial<Needs>): Promise<Recommendation> {
    return Promise.resolve(answers).then((given) => recommend(checkAnswers(given)))
  }

  async present(answers: Partial<Needs>): Promise<PresentCluster> {
    const given = checkAnswers(answers)
    const { mode, facts } = await this.#read()
    return { mode, answers: answersFrom(facts), outgrown: outgrown(mode, facts, given) }
  }
}
