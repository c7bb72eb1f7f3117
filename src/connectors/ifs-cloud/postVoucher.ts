/**
 * postVoucher: posts an entry by the strategy that the sink is set to.
 *
 * What is known to be refused is refused here, before anything is sent, with
 * the line of the entry and what to do.
 */
import { BigDecimal, Effect } from "effect"
import { formatDecimal } from "../../accounting/Decimal.ts"
import type { JournalEntry, JournalLine } from "../../accounting/JournalEntry.ts"
import { type ConnectorError, Rejected } from "../../pipeline/ConnectorError.ts"
import type { ExpectedLine, OpenSink } from "../../pipeline/Sink.ts"
import type { BasicData } from "./basicData.ts"
import type { Connection } from "./Connection.ts"
import { currencyRates } from "./currencyRates.ts"
import { enterVoucher } from "./enterVoucher.ts"
import { describeLine } from "./explainLines.ts"
import type { IfsClient } from "./IfsClient.ts"
import { loadVoucher } from "./loadVoucher.ts"
import { objectionsTo } from "./objectionsTo.ts"
import { makeReadBack } from "./readBack.ts"
import { sendVoucher } from "./sendVoucher.ts"
import { voucherDraft } from "./voucherDraft.ts"
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
  if (entry.lines.length > config.rowsMaximum) {
    return new Rejected({
      code: "too-many-rows",
      message: `the entry has ${entry.lines.length} lines, and a voucher takes ${config.rowsMaximum} rows. Combine lines in the transform, or raise rowsMaximum of the sink if IFS takes more.`
    })
  }
  const worthless = entry.lines.find((line) => BigDecimal.isZero(line.accountingAmount))
  if (worthless !== undefined) {
    return new Rejected({
      code: "no-accounting-amount",
      message: `${describeLine(worthless)}: ${formatDecimal(worthless.amount)} ${entry.currency} are worth 0 ${entry.accountingCurrency}, and IFS takes no row without an accounting amount. Combine the line with another in the transform, or leave it out and let the rounding take it.`
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

/** What the entry says of a line, as the checks want to know it. */
const expectedLine = (entry: JournalEntry, line: JournalLine): ExpectedLine => ({
  company: entry.company,
  account: line.account,
  dimensions: line.dimensions,
  hasTaxCode: line.taxCode !== undefined
})

/** Posts entries. `find` tells a load that was created already which voucher it became. */
export const postVoucher = (
  client: IfsClient,
  connection: Connection,
  config: VouchersConfig,
  basic: BasicData,
  find: OpenSink["find"]
): OpenSink["post"] => {
  const readBack = makeReadBack(client, connection, config)
  const { directVouchers } = connection.projections
  const enter = enterVoucher(client, connection, readBack)
  const load = loadVoucher(client, connection, config, find)
  const send =
    directVouchers === undefined
      ? enter
      : sendVoucher(client, connection, { entitySet: directVouchers, readBack })
  const strategy = { assistant: enter, direct: send, "external-load": load }[config.strategy]
  const currenciesOf = currencyRates(client, basic, config)

  const check = Effect.fn("postVoucher.check")(function* (
    entry: JournalEntry
  ): Effect.fn.Return<void, ConnectorError> {
    const refused = refusal(entry, config)
    if (refused !== undefined) return yield* client.fail(refused)
    if (!config.checkBeforePosting) return
    const objections = yield* objectionsTo(
      basic,
      config,
      entry.lines.map((line) => expectedLine(entry, line)),
      entry.postingDate
    )
    const [first] = objections
    if (first === undefined) return
    const sentences = objections.map(({ line, message }) => {
      const about = line === undefined ? undefined : entry.lines[line]
      return about === undefined ? message : `${describeLine(about)}: ${message}`
    })
    return yield* client.fail(new Rejected({ code: first.code, message: [...new Set(sentences)].join(" ") }))
  })

  return (entry, beforeSending = Effect.void) =>
    Effect.gen(function* () {
      yield* check(entry)
      const draft = voucherDraft(entry, yield* currenciesOf(entry), {
        config,
        fields: connection.fields,
        decimal: client.decimal
      })
      return yield* strategy(entry, draft, beforeSending)
    }).pipe(Effect.withSpan("postVoucher"))
}
