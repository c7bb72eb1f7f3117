/**
 * awaitGate: asked before a pipeline is read, what is read being the beginning of what is posted.
 */
import { Effect } from "effect"
import { ConnectorError, Unauthorized } from "../pipeline/ConnectorError.ts"
import type { SecretMissing } from "../pipeline/Secrets.ts"
import type { StageServices } from "../pipeline/Source.ts"
import type { CustomerLinks } from "../store/CustomerLinks.ts"
import type { HeldEntries } from "../store/HeldEntries.ts"
import type { IntakeStore } from "../store/IntakeStore.ts"
import type { Journal } from "../store/Journal.ts"
import { LedgerGate } from "../store/LedgerGate.ts"
import type { StoreError } from "../store/StoreError.ts"
import { checkLedger } from "./checkLedger.ts"
import { ambiguityMillisOf, type Ledger } from "./Ledger.ts"
import { Progress } from "./Progress.ts"

/** Longest wait for a gate to open before the pipeline is left to a later run. */
const patienceMillis = 60_000

/**
 * Goes on when the connection's gate is open, and fails with the reason when it
 * is not. A ledger that cannot be asked keeps nobody from reading, as long as
 * nothing about the database looks wrong.
 */
export const awaitGate = Effect.fn("awaitGate")(function* (
  ledger: Ledger,
  actor: string
): Effect.fn.Return<
  void,
  ConnectorError | SecretMissing | StoreError,
  StageServices | IntakeStore | Journal | LedgerGate | HeldEntries | CustomerLinks
> {
  const { connection } = ledger
  const gates = yield* LedgerGate
  const progress = yield* Progress
  const check = checkLedger(ledger, ambiguityMillisOf(ledger), actor).pipe(
    Effect.catchTag(["ConnectorError", "SecretMissing"], (error) =>
      Effect.flatMap(gates.look(connection), ({ state }) =>
        state === "open" ? Effect.succeed({ _tag: "Open" } as const) : Effect.fail(error)
      )
    )
  )
  let verdict = yield* check
  if (verdict._tag === "Closed" && (verdict.retryAfterMillis ?? Infinity) <= patienceMillis) {
    const millis = verdict.retryAfterMillis ?? 0
    yield* progress({ _tag: "Waiting", connection, millis, why: verdict.message })
    yield* Effect.sleep(millis)
    verdict = yield* check
  }
  if (verdict._tag === "Closed") {
    return yield* new ConnectorError({ connection, reason: new Unauthorized({ message: verdict.message }) })
  }
})
