/** What one proxy has counted of the requests that it sent to one address, since its process began. */
export interface ServerCounters {
  /** The node's name. */
  proxy: string
  /** Another one counts from 0. */
  process: string
  /** `BACKEND/SERVER` in its configuration: an address may have several, and each stays that address'. */
  place: string
  /** The pod's IP. */
  address: string
  answers: number
  /** Answers of 5xx. */
  errors: number
  /** Requests without an answer: no connection, a broken one, or too late. */
  failed: number
  /** Mean time to the answer, milliseconds: of all while they are few, then a sliding one (`SLIDING`). */
  meanMs: number
}

/** The ingress' own counters, to those who judge by them. Asking costs a round trip to each node. */
export interface TrafficSource {
  /** Of all backends where these addresses are known, with their neighbours. A node that does not answer is left out. */
  counters(addresses: ReadonlySet<string>): Promise<ServerCounters[]>
}

/** From so many answers on, a mean is `mean - mean/SLIDING + latest/SLIDING`. */
export const SLIDING = 512
