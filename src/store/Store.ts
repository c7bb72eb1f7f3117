/**
 * Store: all services of the store on one database.
 */
import { Layer } from "effect"
import { AuditLog } from "./AuditLog.ts"
import { Backfills } from "./Backfills.ts"
import { ConnectionAddresses } from "./ConnectionAddresses.ts"
import { CustomerLinks } from "./CustomerLinks.ts"
import { ErrorQueue } from "./ErrorQueue.ts"
import { HeldEntries } from "./HeldEntries.ts"
import { HintStore } from "./HintStore.ts"
import { IntakeStore } from "./IntakeStore.ts"
import { Journal } from "./Journal.ts"
import { LedgerGate } from "./LedgerGate.ts"
import { LedgerWriter } from "./LedgerWriter.ts"
import { PersonalData } from "./PersonalData.ts"
import { PlanRevisions } from "./PlanRevisions.ts"
import { ReconciliationStore } from "./ReconciliationStore.ts"
import { Seals } from "./Seals.ts"

/** Everything the engine needs of the store. */
export type Store =
  | IntakeStore
  | Journal
  | LedgerWriter
  | LedgerGate
  | HeldEntries
  | HintStore
  | ErrorQueue
  | AuditLog
  | PlanRevisions
  | Seals
  | ReconciliationStore
  | ConnectionAddresses
  | Backfills
  | CustomerLinks
  | PersonalData

/** The services; needs only a `SqlClient`, so the caller decides which database it is. */
export const storeLayerNoDeps = Layer.mergeAll(
  IntakeStore.layerNoDeps,
  Journal.layerNoDeps,
  LedgerWriter.layerNoDeps,
  LedgerGate.layerNoDeps,
  HeldEntries.layerNoDeps,
  HintStore.layerNoDeps,
  ErrorQueue.layerNoDeps,
  AuditLog.layerNoDeps,
  PlanRevisions.layerNoDeps,
  Seals.layerNoDeps,
  ReconciliationStore.layerNoDeps,
  ConnectionAddresses.layerNoDeps,
  Backfills.layerNoDeps,
  CustomerLinks.layerNoDeps,
  PersonalData.layerNoDeps
)
