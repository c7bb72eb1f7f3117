/**
 * sealAudit: seals what a round wrote.
 *
 * A round must not fail because of it: what could not be sealed now is sealed
 * after the next one.
 */
import { Effect } from "effect"
import { Seals } from "../store/Seals.ts"

/** Seals every row that is settled. Never fails; a failure is logged. */
export const sealAudit: Effect.Effect<void, never, Seals> = Effect.flatMap(Seals, ({ seal }) => seal).pipe(
  Effect.catchTag("StoreError", ({ message }) =>
    Effect.logWarning(`the audit log was not sealed: ${message}`)
  ),
  Effect.asVoid,
  Effect.withSpan("sealAudit")
)
