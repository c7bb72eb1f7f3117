/**
 * postVoucher: posts an entry by the strategy that the sink is set to.
 */
import { Effect } from "effect"
import type { JournalEntry } from "../../accounting/JournalEntry.ts"
import { Rejected } from "../../pipeline/ConnectorError.ts"
import type { OpenSink } from "../../pipeline/Sink.ts"
import type { Connection } from "./Connection.ts"
import { enterVoucher } from "./enterVoucher.ts"
import type { IfsClient } from "./IfsClient.ts"
import { loadVoucher } from "./loadVoucher.ts"
import { makeReadBack } from "./readBack.ts"
import { sendVoucher } from "./sendVoucher.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

// What IFS cannot notice: it knows neither our dimensions nor the books of the source.
const refusal = (entry: JournalEntry, config: VouchersConfig): Rejected | undefined => {
  const homeless = entry.lines
    .flatMap((line) => Object.keys(line.dimensions))
    .find((dimension) => !Object.hasOwn(config.codeParts, dimension))
  if (homeless !== undefined) {
    return new Rejected({
      code: "unknown-dimension",
      message: `the entry carries the dimension ${homeless}, which has no code part. Add it under codeParts of the sink.`
    })
  }
  const expected = config.accountingCurrency ?? entry.accountingCurrency
  return expected === entry.accountingCurrency
    ? undefined
    : new Rejected({
        code: "accounting-currency",
        message: `the source keeps its books in ${entry.accountingCurrency}, but company ${entry.company} in ${expected}. Post to a company whose accounting currency is ${entry.accountingCurrency}, or correct accountingCurrency of the sink.`
      })
}

/** Posts entries. `find` tells a load that was created already which voucher it became. */
export const postVoucher = (
  client: IfsClient,
  connection: Connection,
  config: VouchersConfig,
  find: OpenSink["find"]
): OpenSink["post"] => {
  const readBack = makeReadBack(client, connection, config)
  const { directVouchers } = connection.projections
  const enter = enterVoucher(client, connection, config, readBack)
  const load = loadVoucher(client, connection, config, find)
  const send =
    directVouchers === undefined
      ? enter
      : sendVoucher(client, connection, config, { entitySet: directVouchers, readBack })
  const strategy = { assistant: enter, direct: send, "external-load": load }[config.strategy]

  return <E = never>(entry: JournalEntry, beforeCommit: Effect.Effect<void, E> = Effect.void) =>
    Effect.gen(function* () {
      const refused = refusal(entry, config)
      if (refused !== undefined) return yield* client.fail(refused)
      return yield* strategy(entry, beforeCommit)
    }).pipe(Effect.withSpan("postVoucher"))
}
