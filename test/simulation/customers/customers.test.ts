/*
 * A short run of what `npm run simulate -- --customers` does at length: the real
 * engine in virtual time, judged by what two systems hold in the end.
 */
import { assert, describe, it } from "@effect/vitest"
import type { CustomerDefence } from "./customerDefences.ts"
import { playCustomers } from "./playCustomers.ts"

const histories = 15

/** Those whose absence shows soon; the others are left to the command. */
const soonMissed: ReadonlyArray<CustomerDefence> = [
  "two bases",
  "compared before writing",
  "fence",
  "mark before sending"
]

describe("C4: customers changed by people on both sides, and read on both or on one, with faults", () => {
  it("hold in the end what people last typed, or wait for a person, with no change lost and no more writes than changes", () => {
    let edits = 0
    let writes = 0
    let faults = 0
    let oneWay = 0
    for (let seed = 1; seed <= histories; seed++) {
      const history = playCustomers(seed)
      assert.deepStrictEqual(
        history.violations,
        [],
        `play it again: npm run simulate -- --customers --log --seed ${seed}`
      )
      oneWay += history.isOneWay ? 1 : 0
      edits += history.edits
      writes += history.writes
      faults += [...history.faults.values()].reduce((all, count) => all + count, 0)
    }
    // So much must have happened for this to mean anything.
    assert.isAbove(edits, 20 * histories)
    assert.isAbove(writes, 5 * histories)
    assert.isAbove(faults, 20 * histories)
    assert.isAbove(oneWay, 2)
    assert.isBelow(oneWay, histories - 2)
  })

  it("plays the same history for the same seed, event by event", () => {
    const play = () => {
      const lines: Array<string> = []
      playCustomers(3, { onLine: (line) => lines.push(line) })
      return lines
    }
    const first = play()
    assert.isAbove(first.length, 50)
    assert.deepStrictEqual(play(), first)
  })

  for (const defence of soonMissed) {
    it(`turns red without ${defence}`, () => {
      const isRed = Array.from({ length: 40 }, (_, index) => index + 1).some(
        (seed) => playCustomers(seed, { without: new Set([defence]) }).violations.length > 0
      )
      assert.isTrue(isRed)
    })
  }
})
