/**
 * trace: from a document to its vouchers, or back, step by step.
 */
import { Console, Effect, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import { JournalEntry } from "../accounting/JournalEntry.ts"
import { type DocumentTrace, trace as traceDocument } from "../engine/trace.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { configuredStore } from "./configuredStore.ts"
import { traceText } from "./traceText.ts"

const encodeEntry = Schema.encodeSync(JournalEntry)

const toJson = ({ entries, readings, record, steps }: DocumentTrace) => ({
  pipeline: record.pipeline,
  origin: record.origin,
  revision: record.revision,
  fingerprint: record.fingerprint,
  readings,
  entries: entries.map(({ entry, ...rest }) => ({ ...rest, entry: encodeEntry(entry) })),
  steps
})

/** `ledgerline trace`. */
export const trace = Command.make(
  "trace",
  {
    document: Argument.String("document").pipe(
      Argument.withDescription(
        "number or id of a document, or the ledger's reference such as 10/2026/M/2026000001"
      )
    ),
    format: flags.format
  },
  Effect.fn("trace")(function* ({ document, format }) {
    const traces = yield* traceDocument(document)
    if (traces.length === 0) {
      return yield* new ConfigurationWrong({
        message: `nothing is known of "${document}". Give the number or id of an invoice or credit note, or a reference of the ledger.`
      })
    }
    if (format === "json")
      return yield* Console.log(JSON.stringify({ documents: traces.map(toJson) }, null, 2))
    yield* Effect.forEach(traces, (one) => Console.log(traceText(one)))
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription("A document's whole life, from the shop to the ledger, or back from a voucher"),
  Command.withExamples([
    { command: "ledgerline trace 000000012", description: "By the number on the invoice" },
    { command: "ledgerline trace 10/2026/M/2026000001", description: "By the ledger's reference" }
  ])
)
