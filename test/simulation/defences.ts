/**
 * defences: what keeps a voucher from being lost or doubled, each of which the
 * simulation can do without to show that it would notice.
 *
 * Only the simulated world and the store in memory look at this list; the
 * engine has no such switch.
 */

/** Why a removal cannot turn a history red: the rule that takes its place. */
interface Redundant {
  readonly coveredBy: string
}

/** By name; `red` when a run without it must fail. */
export const defences = {
  "mark before sending": "red",
  "rest of a mark": "red",
  "mark renewed": "red",
  "look-up before posting": "red",
  "look-up in the general ledger": "red",
  "hold table asked first": "red",
  "look-up fails closed": "red",
  "ambiguous is not refused": "red",
  "wait after an unknown outcome": "red",
  "wait as long as the server may take": "red",
  "send guard": "red",
  "order within a document": "red",
  "supersede checked": "red",
  "settled by its attempt": "red",
  "create only what is checked": "red",
  overlap: "red",
  "cursor with its records": "red",
  "cursor compared": "red",
  "revision stored once": "red",
  "made from the present": "red",
  "an old revision settles no new error": "red",
  fence: "red"
} as const satisfies Readonly<Record<string, "red" | Redundant>>

export type Defence = keyof typeof defences
