/**
 * customerDefences: what keeps customers from losing a person's change or from
 * being written for ever, each of which the simulation can do without, to show
 * that it would notice.
 */

/** `red`: a run without it fails. Else why it does not: the rules that take its place. */
export const customerDefences = {
  "two bases": "red",
  "version compared": "red",
  "compared before writing": "red",
  fence: "red",
  "mark before sending": "red",
  "wait after an unknown outcome": "red",
  "asked for again":
    "a change that came while the customer was looked at differs from what was seen then, and the next reading asks for it once more.",
  "seen compared":
    "it takes a customer who is changed, looked at for the other side's sake, and changed back before the next reading, which most runs of 300 histories do not meet; he would then differ until somebody changes him again."
} as const satisfies Readonly<Record<string, string>>

export type CustomerDefence = keyof typeof customerDefences

const names: ReadonlyArray<string> = Object.keys(customerDefences)

/** Whether a word from the command line names a defence. */
export const isCustomerDefence = (name: string): name is CustomerDefence => names.includes(name)
