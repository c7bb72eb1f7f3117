/**
 * judgeStranger: an entry of the ledger with our reference that is not the one we posted.
 *
 * No entry of the journal is behind it, or it copies or reverses one that was
 * judged by itself already.
 */
import { BigDecimal } from "effect"
import { balances, turnover } from "../../accounting/balances.ts"
import { zero } from "../../accounting/Decimal.ts"
import type { HeldEntry } from "../../pipeline/Sink.ts"
import type { JournalRecord } from "../../store/JournalRecord.ts"
import type { DocumentIdentity } from "./DocumentState.ts"
import type { Reason } from "./Finding.ts"
import type { Judgement } from "./judgeDocument.ts"

const reasonOf = (held: HeldEntry, connection: string, known: JournalRecord | undefined): Reason => {
  const { reference } = held.receipt
  if (known === undefined) {
    return {
      kind: "extra-in-ledger",
      message: `${connection} has ${reference} with our reference ${held.marker}, and no entry of the journal is behind it. If a person entered it, take our reference off it or reverse it.`,
      codes: [],
      references: [reference]
    }
  }
  const posted = known.receipt?.reference ?? "the one that was posted"
  const both = { codes: [], references: [posted, reference] }
  if (balances([held, known.entry]).size === 0) {
    return {
      ...both,
      kind: "changed-in-ledger",
      message: `${posted} was reversed in the ledger by ${reference}. If that was right, cancel the document in the source too.`
    }
  }
  return balances([held], [known.entry]).size === 0
    ? {
        ...both,
        kind: "twice-in-ledger",
        message: `it stands in the ledger as ${posted} and ${reference}. Reverse all but ${posted} there.`
      }
    : {
        kind: "extra-in-ledger",
        message: `${reference} carries the reference of ${posted} and other content. Reverse it in the ledger, or take our reference off it.`,
        codes: [],
        references: [reference]
      }
}

/** The verdict on it; `known` is the entry of the journal that has its name, if any has. */
export const judgeStranger = (
  held: HeldEntry,
  connection: string,
  known: JournalRecord | undefined
): Judgement => {
  const { reference } = held.receipt
  const identity: DocumentIdentity = {
    name: reference,
    pipeline: known?.pipeline ?? "none",
    resource: known?.resource ?? "entry",
    id: known?.externalId ?? held.markerKey,
    number: known?.number ?? reference,
    store: "",
    order: ""
  }
  const { id, number, pipeline, resource } = identity
  const accountingCurrency = known?.entry.accountingCurrency ?? held.currency
  const amount = turnover(balances([held]), "accountingAmount")
  return {
    books: {
      identity,
      day: held.postingDate,
      currency: held.currency,
      accountingCurrency,
      source: [],
      journal: [],
      ledger: [held]
    },
    findings: [
      {
        ...reasonOf(held, connection, known),
        isDifference: true,
        source: zero,
        journal: zero,
        ledger: amount,
        difference: BigDecimal.negate(amount),
        pipeline,
        resource,
        id,
        number,
        day: held.postingDate,
        currency: accountingCurrency
      }
    ]
  }
}
