/**
 * Measurement: what one run of one side cost.
 */
import { Effect, Schema } from "effect"

/** Memory in megabytes of 10^6 bytes; the heap is measured after a collection, at each quarter of the work. */
export const Measurement = Schema.Struct({
  posted: Schema.Int,
  parked: Schema.Int,
  seconds: Schema.Finite,
  /** User and system time of the process that did the work; neither the sandbox nor a database server is in it. */
  cpuSeconds: Schema.Finite,
  peakResidentMegabytes: Schema.Finite,
  heapMegabytes: Schema.Array(Schema.Struct({ percent: Schema.Int, megabytes: Schema.Finite }))
})
export type Measurement = typeof Measurement.Type

/** As the process that measures prints it. */
export const MeasurementJson = Schema.fromJsonString(Measurement)

/** Seconds of the wall and of the processor that `effect` takes. */
export const timed = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const before = process.cpuUsage()
  const start = performance.now()
  const value = yield* effect
  const seconds = (performance.now() - start) / 1000
  const { system, user } = process.cpuUsage(before)
  return { value, seconds, cpuSeconds: (user + system) / 1e6 }
})

/** Megabytes in use after a collection; needs `--expose-gc`, without which garbage counts too. */
export const heapMegabytes = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

/** Takes the heap whenever another quarter of `total` steps is done, but the last. */
export const quarters = (total: number) => {
  const taken: Array<{ readonly percent: number; readonly megabytes: number }> = []
  let done = 0
  return {
    taken,
    advance: (steps: number) => {
      done += steps
      const percent = 25 * Math.floor((4 * done) / total)
      const last = taken.at(-1)?.percent ?? 0
      if (percent > last && percent < 100) taken.push({ percent, megabytes: heapMegabytes() })
    }
  }
}
