/**
 * LedgerGate: whether this database may post to a ledger connection.
 *
 * What keeps us from posting twice is what we remember, so a database that has
 * forgotten something must not post before it has learnt it again. A connection
 * belongs to one database: a copy of it may not post at all until a person says
 * so, and one that went back in time only after a look into the ledger.
 */
import { Context, Effect, Layer, Option, Ref, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { DatabasePlace } from "./DatabasePlace.ts"
import { insertAudit } from "./rows.ts"
import { type StoreError, storeErrors } from "./StoreError.ts"
import { type Sighting, Witness } from "./Witness.ts"

/** `copied`: the database is not the one that the connection belongs to. `went-back`: it may have forgotten what it posted. */
export const GateState = Schema.Literals(["open", "copied", "went-back"])
export type GateState = typeof GateState.Type

const GateRow = Schema.Struct({
  connection: Schema.String,
  instance: Schema.String,
  timeline: Schema.String,
  generation: Schema.Int,
  state: GateState,
  reason: Schema.String,
  sinceMillis: Schema.Finite
})

/** A connection's gate; `reason` says in a sentence why it is closed, `sinceMillis` for how long. */
export type Gate = Pick<typeof GateRow.Type, "state" | "reason" | "sinceMillis">

const Present = Schema.Struct({
  instance: Schema.String,
  timeline: Schema.String,
  generation: Schema.Int,
  journalPosition: Schema.Int,
  auditId: Schema.Int
})
type Present = typeof Present.Type

const hasGoneBack = (last: Sighting | undefined, now: Sighting) =>
  last !== undefined &&
  last.generation >= now.generation &&
  (last.journalPosition > now.journalPosition || last.auditId > now.auditId)

/** Closes, opens and looks after the gates. */
export class LedgerGate extends Context.Service<
  LedgerGate,
  {
    /**
     * The gate, after a look at the database itself: closes it when the database
     * is a copy, or has gone back since we or the witness last saw it. The first
     * database to ask is the one that the connection belongs to.
     */
    look(connection: string): Effect.Effect<Gate, StoreError>
    /** The gate as it was left; none before anything was posted. Changes nothing. */
    standing(connection: string): Effect.Effect<Option.Option<Gate>, StoreError>
    /** Closes it because the ledger knows more than we do; audited. */
    close(connection: string, reason: string): Effect.Effect<void, StoreError>
    /** Opens a gate that was closed because the database went back; audited with what was found. */
    open(connection: string, actor: string, found: object): Effect.Effect<void, StoreError>
    /**
     * A person's word that this database is the one to post from now on; audited.
     * The gate then counts as gone back. False when it is no copy.
     */
    accept(
      connection: string,
      act: { readonly actor: string; readonly reason: string }
    ): Effect.Effect<boolean, StoreError>
    /** Whether this process has compared the connection with its ledger since it was last closed. */
    isProven(connection: string): Effect.Effect<boolean>
    /** Remembers that it has. */
    prove(connection: string): Effect.Effect<void>
    /** Tells the witness how far the database is now. */
    readonly testify: Effect.Effect<void, StoreError>
  }
>()("ledgerline/store/LedgerGate") {
  /** Needs only a `SqlClient`, so the caller decides which database it is. Asks `Witness` what was seen before. */
  static readonly layerNoDeps = Layer.effect(
    LedgerGate,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const witness = yield* Witness
      const place = yield* DatabasePlace
      const seen = yield* Ref.make<Option.Option<Sighting & { readonly instance: string }>>(Option.none())
      const proven = yield* Ref.make<ReadonlySet<string>>(new Set())

      const selectPresent = SqlSchema.findOne({
        Request: Schema.Void,
        Result: Present,
        // A failed-over server has another timeline, a copied database another number in its server.
        execute: () => sql`
          SELECT (SELECT system_identifier::text FROM pg_control_system()) || '/'
              || (SELECT oid::text FROM pg_database WHERE datname = current_database()) || ${place}::text AS instance,
            substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline,
            (SELECT coalesce(max(generation), 0) FROM ledger_gate) AS generation,
            (SELECT coalesce(max(position), 0)::float8 FROM journal_entry) AS "journalPosition",
            (SELECT coalesce(max(id), 0)::float8 FROM audit) AS "auditId"`
      })
      const selectGate = SqlSchema.findOneOption({
        Request: Schema.String,
        Result: GateRow,
        execute: (connection) => sql`
          SELECT connection, instance, timeline, generation, state, reason,
            (extract(epoch FROM present() - changed_at) * 1000)::float8 AS "sinceMillis"
          FROM ledger_gate WHERE connection = ${connection}`
      })
      const bind = (connection: string, { generation, instance, timeline }: Present) => sql`
        INSERT INTO ledger_gate (connection, instance, timeline, generation)
        VALUES (${connection}, ${instance}, ${timeline}, ${generation})
        ON CONFLICT (connection) DO NOTHING`

      const audit = (connection: string, actor: string, action: string, detail: object) =>
        insertAudit(sql, [{ actor, action, detail: { connection, ...detail } }])

      const shut = (connection: string, state: GateState, reason: string, timeline: string) =>
        Effect.gen(function* () {
          const closed = yield* sql`
            UPDATE ledger_gate SET state = ${state}, reason = ${reason}, timeline = ${timeline},
              generation = (SELECT max(generation) + 1 FROM ledger_gate), changed_at = present()
            WHERE connection = ${connection} AND (state <> ${state} OR timeline <> ${timeline})
            RETURNING connection`
          if (closed.length > 0) yield* audit(connection, "engine", "gate closed", { state, reason })
          yield* Ref.update(proven, (all) => new Set([...all].filter((one) => one !== connection)))
        }).pipe(sql.withTransaction)

      /** What this process saw of the database last, else what the witness did. */
      const lastSighting = Effect.fnUntraced(function* (instance: string) {
        const last = Option.filter(yield* Ref.get(seen), (sighting) => sighting.instance === instance)
        return Option.isSome(last) ? last.value : yield* witness.recall(instance)
      })

      const look = Effect.fn("LedgerGate.look")((connection: string) =>
        Effect.gen(function* () {
          let now = yield* selectPresent(undefined)
          if (hasGoneBack(yield* lastSighting(now.instance), now)) {
            const connections = yield* sql<{ readonly connection: string; readonly timeline: string }>`
              SELECT connection, timeline FROM ledger_gate WHERE state <> 'copied'`
            yield* Effect.forEach(connections, (one) =>
              shut(
                one.connection,
                "went-back",
                "the database has gone back to an earlier time: it held more when we last saw it.",
                one.timeline
              )
            )
            now = yield* selectPresent(undefined)
          }
          yield* Ref.set(seen, Option.some(now))
          const known = yield* selectGate(connection)
          if (Option.isNone(known)) yield* bind(connection, now)
          const gate = Option.isSome(known)
            ? known.value
            : yield* Effect.flatMap(selectGate(connection), Effect.fromOption)
          if (gate.instance !== now.instance) {
            yield* shut(
              connection,
              "copied",
              "this database is not the one that posts to this ledger: it is a copy of it, was restored elsewhere, or its server was upgraded.",
              gate.timeline
            )
          } else if (gate.timeline !== now.timeline) {
            yield* shut(
              connection,
              "went-back",
              "the database server was restored or another took its place, and its last moments may be missing.",
              now.timeline
            )
          } else return gate
          return yield* Effect.flatMap(selectGate(connection), Effect.fromOption)
        }).pipe(Effect.catchTag("NoSuchElementError", Effect.die), storeErrors("LedgerGate.look"))
      )

      const accept = Effect.fn("LedgerGate.accept")(
        (connection: string, { actor, reason }: { readonly actor: string; readonly reason: string }) =>
          Effect.gen(function* () {
            const { instance, timeline } = yield* selectPresent(undefined)
            const accepted = yield* sql`
              UPDATE ledger_gate SET state = 'went-back', instance = ${instance}, timeline = ${timeline},
                reason = 'the database was restored or copied, and what it has posted since is not known yet.',
                changed_at = present()
              WHERE connection = ${connection} AND state = 'copied'
              RETURNING connection`
            if (accepted.length > 0) yield* audit(connection, actor, "copy accepted", { reason, instance })
            return accepted.length > 0
          }).pipe(
            sql.withTransaction,
            Effect.catchTag("NoSuchElementError", Effect.die),
            storeErrors("LedgerGate.accept")
          )
      )

      return LedgerGate.of({
        look,
        accept,
        standing: Effect.fn("LedgerGate.standing")((connection: string) =>
          selectGate(connection).pipe(storeErrors("LedgerGate.standing"))
        ),
        close: Effect.fn("LedgerGate.close")((connection: string, reason: string) =>
          selectPresent(undefined).pipe(
            Effect.flatMap(({ timeline }) => shut(connection, "went-back", reason, timeline)),
            Effect.catchTag("NoSuchElementError", Effect.die),
            storeErrors("LedgerGate.close")
          )
        ),
        open: Effect.fn("LedgerGate.open")((connection: string, actor: string, found: object) =>
          Effect.gen(function* () {
            yield* sql`
              UPDATE ledger_gate SET state = 'open', reason = '', changed_at = present()
              WHERE connection = ${connection} AND state = 'went-back'`
            yield* audit(connection, actor, "gate opened", found)
          }).pipe(sql.withTransaction, storeErrors("LedgerGate.open"))
        ),
        isProven: (connection) => Effect.map(Ref.get(proven), (all) => all.has(connection)),
        prove: (connection) => Ref.update(proven, (all) => new Set([...all, connection])),
        testify: selectPresent(undefined).pipe(
          Effect.flatMap((now) =>
            // What has gone back unnoticed must not overwrite the testimony against it.
            Effect.flatMap(witness.recall(now.instance), (last) =>
              hasGoneBack(last, now)
                ? Effect.void
                : witness.keep(now.instance, {
                    generation: now.generation,
                    journalPosition: now.journalPosition,
                    auditId: now.auditId
                  })
            )
          ),
          Effect.catchTag("NoSuchElementError", Effect.die),
          storeErrors("LedgerGate.testify")
        )
      })
    })
  )
}
