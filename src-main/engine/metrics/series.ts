/** One point of a record: the average CPU and the highest memory of a step of time. */
export interface RecordedPoint {
  /** When the step began, milliseconds since the epoch. */
  readonly time: number
  readonly windowMs: number
  readonly cpuMilli: number
  readonly memoryBytes: number
}

/** How many points the smallest ring has room for; it grows up to what it may keep. */
const FIRST_ROOM = 32

/** Points of equal steps, the newest of them, in 16 bytes each. */
export class Series {
  readonly #stepMs: number
  readonly #most: number
  // Kept as numbers of steps since the first: a time of day does not fit 32 bits.
  #origin = 0
  #steps: Uint32Array
  #cpu: Float32Array
  #memory: Float64Array
  #count = 0
  #first = 0
  #open: { step: number; cpuTime: number; windowMs: number; memoryBytes: number } | undefined

  /** Keeps the last `most` steps of `stepMs`. */
  constructor(stepMs: number, most: number) {
    this.#stepMs = stepMs
    this.#most = most
    const room = Math.min(FIRST_ROOM, most)
    this.#steps = new Uint32Array(room)
    this.#cpu = new Float32Array(room)
    this.#memory = new Float64Array(room)
  }

  /** Takes a sample; `time` never goes back. */
  add(time: number, windowMs: number, cpuMilli: number, memoryBytes: number): void {
    const step = Math.floor(time / this.#stepMs)
    if (this.#open !== undefined && this.#open.step !== step) {
      this.#push(this.#open)
      this.#open = undefined
    }
    const open = (this.#open ??= { step, cpuTime: 0, windowMs: 0, memoryBytes: 0 })
    open.cpuTime += cpuMilli * windowMs
    open.windowMs += windowMs
    open.memoryBytes = Math.max(open.memoryBytes, memoryBytes)
  }

  /** Oldest first; what is not over yet comes last. */
  points(): RecordedPoint[] {
    const closed = Array.from({ length: this.#count }, (_, i): RecordedPoint => {
      const at = (this.#first + i) % this.#steps.length
      return { time: (this.#origin + (this.#steps[at] ?? 0)) * this.#stepMs, windowMs: this.#stepMs, cpuMilli: this.#cpu[at] ?? 0, memoryBytes: this.#memory[at] ?? 0 }
    })
    const open = this.#open
    return open === undefined ? closed : [...closed, { time: open.step * this.#stepMs, windowMs: this.#stepMs, cpuMilli: open.cpuTime / open.windowMs, memoryBytes: open.memoryBytes }]
  }

  #push({ step, cpuTime, windowMs, memoryBytes }: { step: number; cpuTime: number; windowMs: number; memoryBytes: number }): void {
    if (this.#count === 0) this.#origin = step
    if (this.#count === this.#steps.length && this.#count < this.#most) this.#grow()
    const room = this.#steps.length
    const at = (this.#first + this.#count) % room
    this.#steps[at] = step - this.#origin
    this.#cpu[at] = cpuTime / windowMs
    this.#memory[at] = memoryBytes
    if (this.#count < room) this.#count++
    else this.#first = (this.#first + 1) % room
  }

  /** Only a ring that never wrapped grows, so everything stays where it is. */
  #grow(): void {
    const room = Math.min(this.#most, this.#steps.length * 2)
    const [steps, cpu, memory] = [new Uint32Array(room), new Float32Array(room), new Float64Array(room)]
    steps.set(this.#steps)
    cpu.set(this.#cpu)
    memory.set(this.#memory)
    ;[this.#steps, this.#cpu, this.#memory] = [steps, cpu, memory]
  }
}
