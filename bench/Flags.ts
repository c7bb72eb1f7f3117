/**
 * Flags: what the bench was asked for on the command line.
 */
import { parseArgs } from "node:util"
import { Effect, Schema } from "effect"
import { BenchFailed } from "./BenchFailed.ts"

const Count = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0))

const Given = Schema.Struct({
  quick: Schema.optionalKey(Schema.Boolean),
  help: Schema.optionalKey(Schema.Boolean),
  documents: Schema.optionalKey(Count),
  rounds: Schema.optionalKey(Count),
  "memory-documents": Schema.optionalKey(Count)
})

/** Every number is set; 0 rounds leave a part out, and so do 0 documents of the memory run. */
export interface Flags {
  readonly help: boolean
  readonly pureDocuments: number
  readonly documents: number
  readonly rounds: number
  readonly memoryDocuments: number
}

/** What `--help` prints. */
export const usage = `npm run bench -- [--quick] [--documents N] [--rounds N] [--memory-documents N]

  --quick             fewer documents, one round; figures for a first look only
  --documents         documents of each end-to-end run (default 300)
  --rounds            end-to-end runs of each side, taking turns (default 3; 0 leaves them out)
  --memory-documents  documents of the run that measures memory (default 20000; 0 leaves it out)

PostgreSQL is the server of LEDGERLINE_TEST_DATABASE_URL, else the one on 127.0.0.1:5432.`

/** The flags of this process. Fails with the usage when there is one that it does not know. */
export const readFlags: Effect.Effect<Flags, BenchFailed> = Effect.try({
  try: () =>
    parseArgs({
      options: {
        quick: { type: "boolean" },
        help: { type: "boolean" },
        documents: { type: "string" },
        rounds: { type: "string" },
        "memory-documents": { type: "string" }
      }
    }).values,
  catch: () => new BenchFailed({ message: usage })
}).pipe(
  Effect.flatMap(Schema.decodeUnknownEffect(Given)),
  Effect.mapError(() => new BenchFailed({ message: usage })),
  Effect.map((given) => {
    const isQuick = given.quick ?? false
    return {
      help: given.help ?? false,
      pureDocuments: isQuick ? 500 : 2_000,
      documents: given.documents ?? (isQuick ? 100 : 300),
      rounds: given.rounds ?? (isQuick ? 1 : 3),
      memoryDocuments: given["memory-documents"] ?? (isQuick ? 1_000 : 20_000)
    }
  })
)
