/**
 * VouchersConfig: what a pipeline says under `with` of an `ifs-cloud/vouchers` sink.
 */
import { Effect, Schema } from "effect"
import { CurrencyCode } from "../../accounting/CurrencyCode.ts"
import { strategies } from "./strategies.ts"

const CodePart = Schema.Literals(["B", "C", "D", "E", "F", "G", "H", "I", "J"])

/** Settings of the sink. Use a voucher type and a user group that nothing else posts with. */
export const VouchersConfig = Schema.Struct({
  strategy: Schema.Literals(["assistant", "direct", "external-load"])
    .annotate({
      description: `How vouchers are posted. ${Object.entries(strategies)
        .map(([name, { guarantee }]) => `${name}: ${guarantee}`)
        .join(" ")}`
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("assistant" as const))),
  voucherType: Schema.String.annotate({
    description:
      "Voucher type with automatic numbers, used by nothing else. Function group M, or Q when posting rules set tax codes: M would compute tax once more. Function group X for the strategy external-load.",
    factSource: "function groups: server logic of release 21R1; not verified on a tenant",
    examples: ["M"]
  }).check(Schema.isPattern(/^\S{1,3}$/u)),
  userGroup: Schema.String.annotate({
    description: "User group that may enter vouchers of this type; our user must be a member.",
    factSource: "length: server logic of release 21R1; not verified on a tenant",
    examples: ["AC"]
  }).check(Schema.isPattern(/^\S{1,30}$/u)),
  codeParts: Schema.Record(Schema.String, CodePart)
    .annotate({
      description: "Code part of each dimension that posting rules use.",
      examples: [{ costCenter: "B" }]
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  referenceSerie: Schema.String.annotate({
    description:
      "Reference series on every row. Never change it while vouchers are being posted: they are looked up by it.",
    factSource: "that it can be searched for: $metadata of a live tenant in 2026; the name is our own choice"
  })
    .check(Schema.isPattern(/^\S{1,50}$/u))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("LEDGERLINE"))),
  voucherStatus: Schema.Literals(["Approved", "NotApproved"])
    .annotate({
      description: "Whether a voucher is approved at once or waits for a person.",
      factSource: "server logic of release 21R1; not verified on a tenant"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("Approved" as const))),
  fiscalYearStartsInMonth: Schema.Int.annotate({
    description:
      "Month in which accounting period 1 begins; a fiscal year is named by the calendar year it ends in.",
    factSource: "our own choice; your calendar decides"
  })
    .check(Schema.isBetween({ minimum: 1, maximum: 12 }))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(1))),
  accountingCurrency: Schema.optionalKey(CurrencyCode).annotateKey({
    description:
      "Accounting currency of the company. An entry whose source keeps its books in another currency is refused; without it nobody compares the two."
  }),
  currencyType: Schema.String.annotate({
    description: "Currency rate type of the rows.",
    factSource:
      "that a rate type is needed: server logic of release 21R1; not verified on a tenant; 1 is assumed"
  })
    .check(Schema.isPattern(/^\S{1,10}$/u))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("1"))),
  rates: Schema.Literals(["from-amounts", "from-ifs"])
    .annotate({
      description:
        "Currency rate of the rows. from-amounts: the one that leads from the amount to the accounting amount, both as the shop recorded them. from-ifs: that of the rate type on the posting date in IFS, with its conversion factor; the amounts stay those of the shop.",
      factSource:
        "our own choice; that both amounts and the rate are sent: server logic of release 21R1; not verified on a tenant"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("from-amounts" as const))),
  conversionFactors: Schema.Record(CurrencyCode, Schema.Int.check(Schema.isGreaterThan(0)))
    .annotate({
      description:
        "Units of a currency that its rate is quoted for in IFS, where that is not 1; with rates: from-ifs it is read there.",
      examples: [{ JPY: 100 }]
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed({}))),
  parallelCurrency: Schema.optionalKey(
    Schema.Struct({
      currency: CurrencyCode,
      rateType: Schema.String.annotate({
        description: "Parallel currency rate type.",
        examples: ["2"]
      }).check(Schema.isPattern(/^\S{1,10}$/u))
    }).annotate({
      description:
        "Second currency that the company keeps books in, if it does. Its amounts are made from the accounting amounts by the rate in IFS; those of a document in that very currency are taken as they are."
    })
  ),
  taxDirection: Schema.Literals(["TaxReceived", "TaxDisbursed"])
    .annotate({
      description:
        "Tax direction of rows with a tax code: TaxReceived for what we sell, TaxDisbursed for what we buy.",
      factSource: "server logic of release 21R1; not verified on a tenant"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("TaxReceived" as const))),
  rowsMaximum: Schema.Int.annotate({
    description:
      "Most rows of one voucher; an entry with more is parked. IFS publishes no limit, so ask whoever runs yours.",
    factSource: "assumed; IFS publishes none"
  })
    .check(Schema.isBetween({ minimum: 2, maximum: 100_000 }))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(9999))),
  checkBeforePosting: Schema.Boolean.annotate({
    description:
      "Whether accounts, code part demands, code part values and the voucher type are read from IFS and an entry against them is parked before anything is sent. false leaves it to IFS to refuse, for a user who may not read them.",
    factSource: "our own choice; the rules: server logic of release 21R1; not verified on a tenant"
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed(true))),
  basicDataExpiry: Schema.String.annotate({
    description:
      "How long what was read for these checks counts. Before an entry is refused by what is older than half a minute, it is read again.",
    factSource: "our own choice"
  }).pipe(
    Schema.decodeTo(Schema.DurationFromString),
    Schema.withDecodingDefaultKey(Effect.succeed("15 minutes"))
  ),
  amountMethod: Schema.Literals(["NetAmountEntry", "GrossAmountEntry"])
    .annotate({
      description: "How IFS reads the amounts of rows with a tax code.",
      factSource: "server logic of release 21R1; not verified on a tenant"
    })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed("NetAmountEntry" as const))),
  concurrency: Schema.Int.annotate({
    description:
      "Most vouchers posted at one time. Those are looked up and read back together, so more of them cost fewer requests each.",
    factSource: "our own choice"
  })
    .check(Schema.isBetween({ minimum: 1, maximum: 64 }))
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(16)))
})
export type VouchersConfig = typeof VouchersConfig.Type
