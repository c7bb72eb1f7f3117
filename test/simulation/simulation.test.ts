/*
 * A short run of what `npm run simulate` does at length: the real engine in
 * virtual time, judged by the simulated ledger's own books.
 */
import { assert, describe, it } from "@effect/vitest"
import { crashPoints } from "./crashPoints.ts"
import type { Defence } from "./defences.ts"
import { playHistory } from "./playHistory.ts"
import { strategyNames } from "./SimulatedLedger.ts"
import { addHistory, noTotals } from "./totals.ts"

const histories = 50
/** Awaits of the document's life, of which every so manieth is met here. */
const everyManieth = 9

/** Those whose absence shows soon; the others take up to 300 histories, and are left to the command. */
const soonMissed: ReadonlyArray<Defence> = [
  "mark before sending",
  "rest of a mark",
  "look-up before posting",
  "look-up in the general ledger",
  "look-up fails closed",
  "ambiguous is not refused",
  "wait after an unknown outcome",
  "order within a document",
  "create only what is checked",
  "overlap"
]

const violationsOf = (seed: number, without: ReadonlySet<Defence> = new Set()) =>
  playHistory(seed, { without }).violations.map(({ kind, what }) => `seed ${seed}: ${kind}: ${what}`)

describe("the simulation", () => {
  it("ends with nothing lost, doubled or out of order, whatever went wrong", () => {
    let totals = noTotals
    for (let seed = 1; seed <= histories; seed++) {
      const history = playHistory(seed)
      totals = addHistory(totals, history)
      assert.deepStrictEqual(
        history.violations,
        [],
        `play it again: npm run simulate -- --log --seed ${seed}`
      )
    }
    // So much must have happened for this to mean anything.
    assert.isAbove(totals.vouchers, 5 * histories)
    assert.isAbove(totals.ambiguous, histories)
    assert.isAbove(totals.faults.get("killed") ?? 0, histories)
    assert.isAbove(totals.faults.get("asleep") ?? 0, histories / 2)
  })

  it("plays the same history for the same seed, event by event", () => {
    const play = () => {
      const lines: Array<string> = []
      playHistory(7, { onLine: (line) => lines.push(line) })
      return lines
    }
    const first = play()
    assert.isAbove(first.length, 100)
    assert.deepStrictEqual(play(), first)
  })

  for (const defence of soonMissed) {
    it(`turns red without ${defence}`, () => {
      const isRed = Array.from({ length: 120 }, (_, index) => index + 1).some(
        (seed) => violationsOf(seed, new Set([defence])).length > 0
      )
      assert.isTrue(isRed)
    })
  }

  for (const strategy of strategyNames) {
    it(`a document survives its machine's death at any await (${strategy})`, () => {
      let deaths = 0
      for (const { at, history } of crashPoints(strategy, { everyManieth })) {
        deaths += history.faults.get("killed") ?? 0
        assert.deepStrictEqual(
          history.violations,
          [],
          `play it again: npm run simulate -- --crash-at ${at.join(",")} --strategy ${strategy}`
        )
      }
      assert.isAbove(deaths, 20)
    })
  }
})
