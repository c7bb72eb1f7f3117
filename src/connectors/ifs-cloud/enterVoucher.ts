/**
 * enterVoucher: the strategy `assistant`, the sequence of the web client.
 *
 * A temporary header, its rows, the action that turns them into a voucher, and
 * reading it back. Only the action can post anything: whatever goes wrong
 * before it leaves at worst a draft, which is removed. The action is sent once
 * per draft, because IFS neither marks nor deletes a draft that was used, and a
 * second call makes a second voucher. A draft that became a voucher is left to
 * IFS: nothing depends on removing it, and it would cost a request each.
 *
 * Source: server logic of VoucherEntryAssistantHandling, release 21R1.
 */
import { BigDecimal, Effect, Schema } from "effect"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import { type ConnectorError, OutcomeUnknown, UnexpectedResponse } from "../../pipeline/ConnectorError.ts"
import type { Receipt } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
import { explainLines } from "./explainLines.ts"
import { theirFields } from "./fieldNames.ts"
import { type IfsClient, waitSeconds, WireDecimal } from "./IfsClient.ts"
import { odata } from "./odata.ts"
import type { ReadBack } from "./readBack.ts"
import type { VoucherDraft } from "./voucherDraft.ts"

const Draft = Schema.Struct({
  Objkey: Schema.NonEmptyString,
  "@odata.etag": Schema.optionalKey(Schema.String)
})
const Created = Schema.Struct({ value: WireDecimal })

/** Posts entries through the assistant; never asks whether they are posted already. */
export const enterVoucher = (client: IfsClient, connection: Connection, readBack: ReadBack) => {
  const { createVoucher, removeDraft, voucherAssistant, voucherDrafts, voucherPostings } =
    connection.projections
  const drafts = `/${voucherAssistant}.svc/${voucherDrafts}`
  const action = (draft: string, name: string) => `${draft}/IfsApp.${voucherAssistant}.${name}`

  // Best effort: a draft left behind posts nothing, and the failure that led
  // here must not be hidden by this one.
  const remove = (draft: string) => Effect.ignore(client.draft(action(draft, removeDraft), {}))

  const open = Effect.fn("enterVoucher.open")(function* (
    header: VoucherDraft["header"]
  ): Effect.fn.Return<{ readonly path: string; readonly etag: string | undefined }, ConnectorError> {
    const response = yield* client.draft(drafts, {
      // Spelt as IFS spells it; any other value would copy a voucher.
      ...theirFields(connection.fields.voucherHeader, { OpennedFrom: "NEW_VOUCHER" }),
      ...header
    })
    const { "@odata.etag": etag, Objkey } = yield* Schema.decodeUnknownEffect(Draft)(response.body).pipe(
      Effect.mapError(() =>
        client.fail(
          new UnexpectedResponse({
            message: `the new temporary voucher does not look as documented. Compare $metadata of ${voucherAssistant}.`
          })
        )
      )
    )
    return { path: `${drafts}${odata.key({ Objkey: odata.string(Objkey) })}`, etag }
  })

  // An action that was not clearly refused may still be at work on the draft, so
  // the draft stays where it is then.
  const create = Effect.fn("enterVoucher.create")(function* (
    draft: { readonly path: string; readonly etag: string | undefined },
    entry: JournalEntry,
    beforeSending: Effect.Effect<void, ConnectorError>
  ): Effect.fn.Return<string, ConnectorError> {
    const response = yield* client
      .commit(
        action(draft.path, createVoucher),
        {},
        {
          headers: {
            prefer: `wait=${waitSeconds(connection.timeout)}`,
            ...(draft.etag === undefined ? {} : { "if-match": draft.etag })
          },
          beforeSending
        }
      )
      .pipe(
        Effect.tapError((error) => (error.disposition === "ambiguous" ? Effect.void : remove(draft.path))),
        Effect.mapError(explainLines(entry.lines))
      )
    const { value } = yield* Schema.decodeUnknownEffect(Created)(response.body).pipe(
      Effect.filterOrFail(({ value }) => BigDecimal.isPositive(value)),
      Effect.mapError(() =>
        client.fail(
          new OutcomeUnknown({
            message: "IFS says that the voucher was created, but not under which number."
          })
        )
      )
    )
    return formatDecimal(value)
  })

  return Effect.fn("enterVoucher")(function* (
    entry: JournalEntry,
    { header, rows }: VoucherDraft,
    beforeSending: Effect.Effect<void, ConnectorError>
  ): Effect.fn.Return<Receipt, ConnectorError> {
    const draft = yield* open(header)
    yield* Effect.forEach(
      rows,
      ({ body, line }) =>
        client.draft(`${draft.path}/${voucherPostings}`, body).pipe(Effect.mapError(explainLines([line]))),
      { discard: true }
    ).pipe(Effect.onError(() => remove(draft.path)))
    return yield* readBack(entry, yield* create(draft, entry, beforeSending))
  })
}
