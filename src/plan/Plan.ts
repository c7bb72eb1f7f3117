/**
 * Plan: the pipelines of a folder, resolved, compiled and closed.
 *
 * What `validate` builds is what `run` runs. Nothing has been contacted and no
 * credential has been looked up; that happens when a source or sink is opened.
 */
import type { Duration, Effect } from "effect"
import type { CalendarDate } from "../accounting/AccountingPeriod.ts"
import type { JournalEntry } from "../accounting/JournalEntry.ts"
import type { ReversalStyle } from "../accounting/reverse.ts"
import type { EntryIdentification, Provenance } from "../mapping/CompiledMapping.ts"
import type { Handshake } from "../pipeline/Handshake.ts"
import type { MatchRule } from "../config/CustomerRules.ts"
import type { Probe } from "../pipeline/Connector.ts"
import type { CustomerField, CustomerSink } from "../pipeline/CustomerSink.ts"
import type { EventDoor } from "../pipeline/EventDoor.ts"
import type { LookUp } from "../pipeline/LookUp.ts"
import type { ExpectedLine, Objection, Sink } from "../pipeline/Sink.ts"
import type { People, Source } from "../pipeline/Source.ts"
import type { Json, Problem, SourceRecord } from "../pipeline/SourceRecord.ts"

/** A line of a file that somebody can open; lines count from 1. */
export interface RulePlace {
  readonly file: string
  readonly line: number
}

/** A problem, and the line of YAML that asked for what was missing; the source's own problems have none. */
export interface LocatedProblem extends Problem {
  readonly at?: RulePlace
}

/**
 * What became of a record: an entry with one provenance per line, nothing where
 * all amounts are zero, or every reason why there is no entry. `document` is the transformed document without the
 * raw payload.
 */
export type Outcome =
  | { readonly _tag: "NothingToPost" }
  | {
      readonly _tag: "Entry"
      readonly entry: JournalEntry
      readonly provenance: ReadonlyArray<Provenance>
      readonly document: Json
    }
  | {
      readonly _tag: "Problems"
      readonly problems: ReadonlyArray<LocatedProblem>
      /** The day of the entry that there would be, where at least that is known. */
      readonly postingDate?: CalendarDate
    }

/** What makes a pipeline read one record at once. */
export interface Webhook {
  /** Such as invoice.created. */
  readonly events: ReadonlyArray<string>
  /** From the report to the reading. */
  readonly settle: Duration.Duration
}

/** A door where a connection's system reports changes. */
export interface PlannedDoor extends EventDoor {
  readonly connection: string
}

/** What became of a record that is only read: itself after the transform and without the payload, or why it cannot be used. */
export type ReadingOutcome =
  | { readonly _tag: "Record"; readonly record: Json }
  | { readonly _tag: "Problems"; readonly problems: ReadonlyArray<LocatedProblem> }

/** In `match`: the customer whom the pipelines of customers, or of guests, have linked to the record's. */
export const linkFields: ReadonlyMap<string, People> = new Map([
  ["link", "registered"],
  ["guestLink", "guests"]
])

/** What is looked up for each record of a pipeline, tried by one field after the other. */
export interface PlannedLookUp {
  readonly name: string
  readonly type: string
  readonly connection: string
  /** Where the records are from. */
  readonly sourceConnection: string
  readonly open: LookUp
  /**
   * Field of what is looked for, and path in the record of the value that it must have; of one of `linkFields`, the
   * path of the customer's key on this side.
   */
  readonly match: ReadonlyArray<{ readonly field: string; readonly path: string }>
  readonly missing: "park" | "continue" | "wait" | "create"
  /** Of a record that names nobody to look for. */
  readonly guests: "park" | "continue"
  readonly several: "park" | "first"
  /** How long an answer may be used again. */
  readonly cache: Duration.Duration
  readonly at: RulePlace
}

/** What every pipeline has: a name, and a source that is read at intervals. */
interface Intake {
  readonly name: string
  readonly file: string
  /** SHA-256, in hex, of everything that decides an entry: the YAML, its tables, its connections. Credentials are references and not part of it. */
  readonly contentHash: string
  readonly source: Source
  readonly sourceType: string
  /** Name of the connection, as in connections.yaml. */
  readonly sourceConnection: string
  readonly pollEvery: Duration.Duration
  readonly lookUps: ReadonlyArray<PlannedLookUp>
  /** The reported changes that concern it; absent where it is polled only. */
  readonly webhook?: Webhook
}

/** A pipeline without mapping and sink: its records are read and kept, each revision of them, and nothing is posted. */
export interface ReadingPipeline extends Intake {
  readonly _tag: "Reading"
  /** Record to what the transform makes of it. Contacts nothing, and the same record always gives the same outcome. */
  readonly process: (record: SourceRecord) => Effect.Effect<ReadingOutcome>
}

/** What a pipeline expects of its ledger, for `validate --online`. */
export interface Expected {
  /** The lines that its mapping may make, for each company; none where documents decide the company. */
  readonly lines: ReadonlyArray<ExpectedLine>
  /** Where that stands which the ledger objects to. */
  readonly locate: (objection: Pick<Objection, "line" | "about">) => RulePlace & { readonly column: number }
}

/** When the books of a pipeline are reconciled without anybody asking. */
export interface ReconcileSettings {
  /** Absent: only when somebody asks. */
  readonly every?: Duration.Duration
  /** How far back, up to yesterday. */
  readonly back: Duration.Duration
  /** Accounts that should return to zero. */
  readonly clearing: ReadonlyArray<string>
}

/** A pipeline that posts. */
export interface PostingPipeline extends Intake {
  readonly _tag: "Posting"
  readonly sink: Sink
  readonly sinkType: string
  readonly sinkConnection: string
  /** Equal for pipelines that post through one connection with the same settings. */
  readonly sinkHash: string
  /** The legal entity, where the mapping fixes it; undefined where a table or a field decides. */
  readonly company: string | undefined
  readonly onChange: "park" | "reverse-and-repost" | "delta"
  readonly reversalStyle: ReversalStyle
  /** What becomes of an entry whose period is closed. */
  readonly closedPeriod: "hold" | "next-open"
  /** How its books are reconciled by themselves, and which accounts should return to zero. */
  readonly reconcile?: ReconcileSettings
  /** Where a posting rule stands; `rounding` is one too. The mapping itself for a name that it lacks. */
  readonly locateRule: (rule: string) => RulePlace
  readonly expected: Expected
  /** Record to entry. Contacts nothing, and the same record always gives the same outcome. */
  readonly process: (
    record: SourceRecord,
    key: Omit<EntryIdentification, "document">
  ) => Effect.Effect<Outcome>
}

/** How customers are kept the same, seen from the pipeline's source. */
export interface CustomerSettings {
  readonly match: ReadonlyArray<MatchRule>
  readonly conflicts: "source-wins" | "sink-wins" | "newest-wins" | "park"
  readonly owners: ReadonlyMap<CustomerField | "addresses", "source" | "sink">
  readonly fields: ReadonlyArray<CustomerField>
  readonly addresses: boolean
  readonly create: boolean
  readonly writesPerHour: number
}

/** A pipeline that keeps customers the same in two systems: what changes in its source goes to its sink. */
export interface CustomersPipeline extends Intake {
  readonly _tag: "Customers"
  readonly sink: CustomerSink
  readonly sinkType: string
  readonly sinkConnection: string
  readonly people: People
  readonly settings: CustomerSettings
}

/** One pipeline, ready to open. */
export type PlannedPipeline = ReadingPipeline | PostingPipeline | CustomersPipeline

/** A connection that can be probed. */
export interface PlannedConnection {
  readonly name: string
  readonly type: string
  /** Which system it leads to. */
  readonly address: string
  readonly probe: Probe
  /** How new credentials are taken, or a sentence why they are not; absent where the vendor has no such thing. */
  readonly handshake?: Handshake | string
}

/** Everything that a folder declares. */
export interface Plan {
  readonly pipelines: ReadonlyArray<PostingPipeline>
  readonly readings: ReadonlyArray<ReadingPipeline>
  readonly customers: ReadonlyArray<CustomersPipeline>
  readonly connections: ReadonlyArray<PlannedConnection>
  readonly doors: ReadonlyArray<PlannedDoor>
}

/** All pipelines of a plan, whatever becomes of what they read. */
export const pipelinesOf = (plan: Plan): ReadonlyArray<PlannedPipeline> => [
  ...plan.pipelines,
  ...plan.readings,
  ...plan.customers
]
