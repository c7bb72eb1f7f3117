/**
 * Draw: the seeded chance of the shop generator.
 *
 * The algorithm is mulberry32: 32 bits of state, the same sequence on every machine.
 */

/** A sequence of choices; every call moves it on. */
export interface Draw {
  /** A whole number from `minimum` to `maximum`, both included. */
  readonly between: (minimum: number, maximum: number) => number
  /** One of `choices`. */
  readonly pick: <A>(choices: readonly [A, ...ReadonlyArray<A>]) => A
  /** Lower-case hexadecimal text. */
  readonly hex: (length: number) => string
}

/** The sequence that `seed` names. */
export const makeDraw = (seed: number): Draw => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const between: Draw["between"] = (minimum, maximum) => minimum + (next() % (maximum - minimum + 1))
  return {
    between,
    pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
    hex: (length) => Array.from({ length }, () => between(0, 15).toString(16)).join("")
  }
}
