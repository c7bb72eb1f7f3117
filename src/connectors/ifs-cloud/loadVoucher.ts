/**
 * loadVoucher: the strategy `external-load`, a draft with a state that IFS keeps.
 *
 * The load is named after the entry's key, so a second attempt, by us or by
 * somebody who took over, meets the first one's load instead of making another.
 * Its transactions carry record numbers of ours, so they too exist once. The
 * create is sent with the ETag of the checked load, and IFS refuses it for a
 * load that was created or changed meanwhile: repeating is harmless, and no
 * waiting time is involved. What the load says in the end decides, not the
 * answer to a request.
 *
 * Source: documentation of external vouchers 21R2 and 22R1, keys and states of
 * release 21R1. To be checked on the tenant: that our user may add loads and
 * give record numbers, that a created load refuses another create, and that
 * references are copied onto the rows of the voucher.
 */
import { BigDecimal, Effect, Option, Schema } from "effect"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import { type ConnectorError, OutcomeUnknown, Rejected, Unreachable } from "../../pipeline/ConnectorError.ts"
import type { OpenSink, Receipt } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
import { explainLines } from "./explainLines.ts"
import { existsAlready, ifsReason } from "./ifsReason.ts"
import { type IfsClient, waitSeconds, WireDecimal } from "./IfsClient.ts"
import { loadId, marker } from "./marker.ts"
import { odata } from "./odata.ts"
import type { VoucherDraft } from "./voucherDraft.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

const LoadRow = Schema.Struct({
  Company: Schema.String,
  LoadId: Schema.String,
  Objstate: Schema.String,
  "@odata.etag": Schema.optionalKey(Schema.String)
})
type Load = typeof LoadRow.Type

const TransactionRow = Schema.Struct({
  RecordNo: WireDecimal,
  ReferenceNumber: Schema.NullOr(Schema.String),
  LoadError: Schema.NullOr(Schema.String)
})

const isCreated = (load: Load) => load.Objstate === "Created"

/** Posts entries through loads. `find` tells which voucher a load became. */
export const loadVoucher = (
  client: IfsClient,
  connection: Connection,
  config: VouchersConfig,
  find: OpenSink["find"]
) => {
  const { externalLoads, externalTransactions } = connection.projections
  const [projection = ""] = externalLoads.split(".svc/")

  const filterOf = (entry: JournalEntry) =>
    odata.and(
      odata.equal("Company", odata.string(entry.company)),
      odata.equal("LoadId", odata.string(loadId(entry)))
    )
  const act = (entry: JournalEntry, name: string) =>
    `/${externalLoads}${odata.key({
      Company: odata.string(entry.company),
      LoadId: odata.string(loadId(entry))
    })}/IfsApp.${projection}.ExtLoadInfo_${name}`
  const onlyIfSame = (load: Load) =>
    load["@odata.etag"] === undefined ? {} : { "if-match": load["@odata.etag"] }

  const look = (entry: JournalEntry) =>
    Effect.map(
      client.page(
        { entitySet: externalLoads, row: LoadRow, filter: filterOf(entry), orderBy: ["Company", "LoadId"] },
        { top: 1 }
      ),
      ({ rows: [load] }) => load
    )
  const transactions = (entry: JournalEntry) =>
    client.list({
      entitySet: externalTransactions,
      row: TransactionRow,
      filter: filterOf(entry),
      orderBy: ["Company", "LoadId", "RecordNo"]
    })

  const lookAgain = Effect.fn("loadVoucher.lookAgain")(function* (
    entry: JournalEntry
  ): Effect.fn.Return<Load, ConnectorError> {
    return (
      (yield* look(entry)) ??
      (yield* client.fail(new Unreachable({ message: `load ${loadId(entry)} is gone; nothing was posted.` })))
    )
  })

  // Whatever the refusal says, and in whatever language: if the load is there, it is ours.
  const open = (
    entry: JournalEntry
  ): Effect.Effect<{ readonly load: Load; readonly isNew: boolean }, ConnectorError> =>
    client.draft(`/${externalLoads}`, { Company: entry.company, LoadId: loadId(entry) }).pipe(
      Effect.flatMap((response) =>
        Option.match(Schema.decodeUnknownOption(LoadRow)(response.body), {
          onNone: () => lookAgain(entry),
          onSome: (load) => Effect.succeed(load)
        })
      ),
      Effect.map((load) => ({ load, isNew: true })),
      Effect.catchIf(
        ({ reason }) => reason._tag === "Rejected",
        (error) =>
          Effect.flatMap(look(entry), (load) =>
            load === undefined ? Effect.fail(error) : Effect.succeed({ load, isNew: false })
          )
      )
    )

  const remove = (entry: JournalEntry, load: Load) =>
    client.draft(act(entry, "DoRemoveLoads"), {}, onlyIfSame(load))

  const fill = Effect.fn("loadVoucher.fill")(function* (
    entry: JournalEntry,
    rows: VoucherDraft["rows"],
    present: ReadonlySet<string>
  ): Effect.fn.Return<boolean, ConnectorError> {
    const missing = rows
      .map(({ body, line }, index) => ({ body, line, recordNo: `${index + 1}` }))
      .filter(({ recordNo }) => !present.has(recordNo))
    yield* Effect.forEach(
      missing,
      ({ body, line, recordNo }) =>
        client
          .draft(`/${externalTransactions}`, {
            ...body,
            LoadId: loadId(entry),
            RecordNo: client.decimal(BigDecimal.fromBigInt(BigInt(recordNo))),
            LoadGroupItem: loadId(entry),
            VoucherType: config.voucherType,
            TransactionDate: entry.postingDate,
            UserGroup: config.userGroup
          })
          .pipe(
            Effect.catchIf(
              ({ reason }) => reason._tag === "Rejected" && reason.code === existsAlready.code,
              () => Effect.void
            ),
            Effect.mapError(explainLines([line]))
          ),
      { discard: true }
    )
    return missing.length > 0
  })

  // The check says its findings on the transactions; they are read as any other refusal.
  const refuse = Effect.fn("loadVoucher.refuse")(function* (
    entry: JournalEntry,
    load: Load
  ): Effect.fn.Return<never, ConnectorError> {
    const said = (yield* transactions(entry)).map((row) => row.LoadError ?? "").find((text) => text !== "")
    const reason = ifsReason(
      {
        status: 400,
        headers: {},
        text: "",
        body: { error: { code: "", message: said ?? `load ${load.LoadId} is ${load.Objstate}` } }
      },
      { method: "POST", path: `/${externalTransactions}` }
    )
    yield* Effect.ignore(remove(entry, load))
    return yield* Effect.mapError(
      Effect.fail(
        client.fail(reason ?? new Rejected({ code: "refused", message: said ?? "IFS says no reason." }))
      ),
      explainLines(entry.lines)
    )
  })

  const settle = Effect.fn("loadVoucher.settle")(function* (
    entry: JournalEntry
  ): Effect.fn.Return<Receipt, ConnectorError> {
    const found = yield* find(entry)
    return yield* Effect.mapError(Effect.fromOption(found), () =>
      client.fail(
        new OutcomeUnknown({
          message: `load ${loadId(entry)} was created, but IFS shows no voucher with its reference ${marker(entry).referenceNumber}. If it stays so, somebody deleted the voucher: remove the load in IFS, then retry the document.`
        })
      )
    )
  })

  const check = Effect.fn("loadVoucher.check")(function* (
    entry: JournalEntry,
    load: Load
  ): Effect.fn.Return<Load, ConnectorError> {
    // A check that was refused because another got there first shows in the state.
    yield* client.draft(act(entry, "DoCheckTransactions"), {}, onlyIfSame(load)).pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag === "Rejected",
        () => Effect.void
      )
    )
    return yield* lookAgain(entry)
  })

  const post = Effect.fn("loadVoucher")(function* (
    entry: JournalEntry,
    { rows }: VoucherDraft,
    beforeSending: Effect.Effect<void, ConnectorError>
  ): Effect.fn.Return<Receipt, ConnectorError> {
    const { isNew, load } = yield* open(entry)
    if (isCreated(load)) return yield* settle(entry)
    const present = isNew ? [] : yield* transactions(entry)
    const { referenceNumber } = marker(entry)
    if (present.some((row) => row.ReferenceNumber !== referenceNumber)) {
      // Filled from an earlier content of the entry, and never created.
      yield* remove(entry, load)
      return yield* client.fail(
        new Unreachable({
          message: `load ${load.LoadId} held an earlier version of the entry; it was removed.`
        })
      )
    }
    const wasFilled = yield* fill(entry, rows, new Set(present.map((row) => BigDecimal.format(row.RecordNo))))
    const checked = wasFilled || load.Objstate !== "Checked" ? yield* check(entry, load) : load
    if (isCreated(checked)) return yield* settle(entry)
    if (checked.Objstate !== "Checked") return yield* refuse(entry, checked)
    yield* client
      .commit(
        act(entry, "DoCreateVoucher"),
        {},
        {
          headers: { prefer: `wait=${waitSeconds(connection.timeout)}`, ...onlyIfSame(checked) },
          beforeSending
        }
      )
      .pipe(
        Effect.catchIf(
          ({ reason }) => reason._tag === "Rejected",
          (error) =>
            Effect.flatMap(lookAgain(entry), (now) =>
              isCreated(now)
                ? Effect.void
                : Effect.andThen(
                    Effect.ignore(remove(entry, now)),
                    Effect.fail(explainLines(entry.lines)(error))
                  )
            )
        )
      )
    return yield* settle(entry)
  })
  return post
}
