/**
 * openGates: a database that never goes back in time, for stores that are none.
 */
import { Effect, Layer } from "effect"
import { HeldEntries } from "../../src/store/HeldEntries.ts"
import { LedgerGate } from "../../src/store/LedgerGate.ts"

const open = { state: "open", reason: "", sinceMillis: 0 } as const

/** Gates that are open, and ledgers that hold nothing unknown. */
export const openGates = Layer.mergeAll(
  Layer.mock(LedgerGate)({
    look: () => Effect.succeed(open),
    isProven: () => Effect.succeed(true),
    testify: Effect.void
  }),
  Layer.mock(HeldEntries)({ open: () => Effect.succeed([]), ofDocument: () => Effect.succeed([]) })
)
