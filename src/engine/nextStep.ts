/**
 * nextStep: what a person can do about a waiting document, in one or two sentences.
 */
import { automaticRetriesMaximum, type ErrorItem } from "../store/ErrorQueue.ts"
import type { JournalRecord } from "../store/JournalRecord.ts"
import { isPersonItself } from "./personOf.ts"

/** Whether it is about keeping a customer the same, which no pipeline file mends and no ledger refused. */
const isOfCustomer = (item: ErrorItem) =>
  isPersonItself(item) &&
  (item.stage === "post" || item.problems.some(({ code }) => code.startsWith("customer/")))

/** The advice for an item, given the entries its document has. */
export const nextStep = (item: ErrorItem, entries: ReadonlyArray<JournalRecord>): string => {
  if (item.state === "resolved" || item.state === "ignored") {
    return "Nothing: it is settled. If the document changes again and cannot be posted, a new item is opened."
  }
  if (entries.some(({ state }) => state === "sending" || state === "unknown")) {
    return "Wait: it is not known yet whether the ledger took the entry. It is looked up there by itself, and this item is settled if it is found."
  }
  const folder = item.problems.find(({ at }) => at !== undefined)?.at?.file.replace(/\/?[^/]*$/u, "") ?? ""
  const isElsewhere = folder !== "" && folder !== "pipelines"
  const again = `ledgerline errors retry ${item.id}${isElsewhere ? ` --pipelines ${folder}` : ""}`
  const places = [
    ...new Set(item.problems.flatMap(({ at }) => (at === undefined ? [] : [`${at.file}:${at.line}`])))
  ]
  const tired =
    item.automaticRetries >= automaticRetriesMaximum
      ? ` It was tried ${item.automaticRetries} times by itself and is not tried again until somebody asks.`
      : ""
  if (isOfCustomer(item)) {
    return `Do what the message says, then: ${again}. It is looked at again by itself when the customer changes where it is read.${tired}`
  }
  if (item.problems.length > 0 && item.problems.every(({ awaits }) => awaits !== undefined)) {
    return `Nothing in the pipeline: it is tried again by itself once the customer is linked. If nobody creates him, create him in the ledger with the key or VAT number of the shop's; to have him looked for at once: ${again}${tired}`
  }
  if (item.problems.some(({ code }) => code === "engine/held-by-ledger")) return "Do what the message says."
  switch (item.stage) {
    case "read":
      return `Correct the document where it comes from; it is read again when it changes. If it is right there, report the message above.${tired}`
    case "map":
      return `Correct ${places.length === 0 ? "the pipeline or its tables" : `what ${places.join(" and ")} asks for`}, check with: ledgerline validate${isElsewhere ? ` ${folder}` : ""}, then: ${again}${tired}`
    case "post":
      return `The ledger refused the entry and holds nothing of it. Do there what the message says, then: ${again}${tired}`
    case "reconcile":
      return "Do what the message says. The next reconciliation of the service settles the item if the books agree by then; see at once with: ledgerline reconcile"
  }
}
