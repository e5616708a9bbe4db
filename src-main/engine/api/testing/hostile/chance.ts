/** Choices from one seeded source: the same seed, the same requests. */
export class Chance {
  readonly #random: () => number

  /** `random`: a number in [0, 1). */
  constructor(random: () => number) {
    this.#random = random
  }

  /** A whole number from 0 up to (not including) `below`. */
  below(below: number): number {
    return Math.floor(this.#random() * below)
  }

  /** True in so many of a hundred cases. */
  percent(share: number): boolean {
    return this.#random() * 100 < share
  }

  of<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0]
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }
}
