/**
 * defences: what keeps a voucher from being lost or doubled, each of which the
 * simulation can do without, to show that it would notice.
 *
 * Only the simulated world and the store in memory look at this list; the
 * engine has no such switch.
 */

/** `red`: a run without it fails. Else why it does not: the rules that take its place. */
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
  "made from the present": "red",
  "an old revision settles no new error": "red",
  "revision stored once": "red",
  "cursor compared":
    "a cursor that was set back only makes the same ground be read again, and what was stored since it was read is refused by what it was made from. It takes a stale page, its reader asleep for longer than the overlap, and another reading in the middle, all at one document; the daily sweep brings that one back.",
  fence:
    "a claim is one statement, its mark rests, and only the attempt that holds a posting renews or settles it, so two writers never hold the same one. The fence keeps the pace and the number of requests to those of one writer."
} as const satisfies Readonly<Record<string, string>>

export type Defence = keyof typeof defences

const names: ReadonlyArray<string> = Object.keys(defences)

/** Whether a word from the command line names a defence. */
export const isDefence = (name: string): name is Defence => names.includes(name)
