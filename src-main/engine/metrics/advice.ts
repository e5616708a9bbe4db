import type { Clock } from '../../common/clock.ts'
import type { HorizontalPodAutoscalerSpec } from '../../common/kube/generated/autoscaling-v2.ts'
import type { PodSpec } from '../../common/kube/generated/core-v1.ts'
import { recommend } from '../../policy/autoscaling/recommend.ts'
import type { Recommendation } from '../../policy/autoscaling/recommend.ts'
import { replay, totalLoad } from '../../policy/autoscaling/replay.ts'
import type { Replay, ReplayInput } from '../../policy/autoscaling/replay.ts'
import { requestsIn } from '../../policy/autoscaling/scaled-pod.ts'
import type { Recording, Workload } from './history.ts'
import type { Metrics } from './start-metrics.ts'

/** Advice out of what is recorded of workloads. */
export class Advisor {
  readonly #metrics: Pick<Metrics, 'recorded'>
  readonly #clock: Clock

  constructor(metrics: Pick<Metrics, 'recorded'>, clock: Clock) {
    this.#metrics = metrics
    this.#clock = clock
  }

  /** What each container of a workload should request; one of which too little is recorded is not there. */
  requests(workload: Workload): Record<string, Recommendation> {
    const pods = this.#metrics.recorded(workload)
    const names = new Set(pods.flatMap(({ containers }) => Object.keys(containers)))
    return Object.fromEntries([...names].flatMap((name) => {
      const advice = recommend(pods.flatMap(({ containers }) => containers[name]?.day ?? []), this.#clock.now())
      return advice === undefined ? [] : [[name, advice]]
    }))
  }

  /** What an autoscaler would have decided over the last hour (finely) or day, from so many replicas on. */
  tryOut(workload: Workload, spec: HorizontalPodAutoscalerSpec, pod: PodSpec, replicas: number, over: keyof Recording, options: Pick<ReplayInput, 'syncMs' | 'scaleToZeroAfterMs'> = {}): Replay {
    const pods = this.#metrics.recorded(workload).map(({ containers }) => Object.fromEntries(Object.entries(containers).map(([name, recording]) => [name, recording[over]])))
    return replay({ spec, loads: totalLoad(pods), requests: requestsIn(pod), replicas, ...options })
  }
}
