/**
 * sendVoucher: the strategy `direct`, header and rows in one request.
 *
 * IFS documents no such request of its own; a tenant may build or activate a
 * projection that takes it. All or nothing is up to that projection, so the
 * voucher is read back and compared like any other.
 */
import { BigDecimal, Effect, Schema } from "effect"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import { type ConnectorError, OutcomeUnknown } from "../../pipeline/ConnectorError.ts"
import type { Receipt } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
import { explainLines } from "./explainLines.ts"
import { type IfsClient, waitSeconds, WireDecimal } from "./IfsClient.ts"
import type { ReadBack } from "./readBack.ts"
import type { VoucherDraft } from "./voucherDraft.ts"

const Created = Schema.Struct({ VoucherNo: WireDecimal })

/** Posts entries to `entitySet`; never asks whether they are posted already. */
export const sendVoucher = (
  client: IfsClient,
  connection: Connection,
  options: { readonly entitySet: string; readonly readBack: ReadBack }
) =>
  Effect.fn("sendVoucher")(function* (
    entry: JournalEntry,
    { header, rows }: VoucherDraft,
    beforeSending: Effect.Effect<void, ConnectorError>
  ): Effect.fn.Return<Receipt, ConnectorError> {
    const response = yield* client
      .commit(
        `/${options.entitySet}`,
        {
          ...header,
          [connection.projections.directRows]: rows.map(({ body }) => body)
        },
        { headers: { prefer: `wait=${waitSeconds(connection.timeout)}` }, beforeSending }
      )
      .pipe(Effect.mapError(explainLines(entry.lines)))
    const { VoucherNo } = yield* Schema.decodeUnknownEffect(Created)(response.body).pipe(
      Effect.filterOrFail(({ VoucherNo }) => BigDecimal.isPositive(VoucherNo)),
      Effect.mapError(() =>
        client.fail(
          new OutcomeUnknown({
            message: "IFS says that the voucher was created, but not under which number."
          })
        )
      )
    )
    return yield* options.readBack(entry, formatDecimal(VoucherNo))
  })
