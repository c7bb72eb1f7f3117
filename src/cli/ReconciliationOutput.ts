/**
 * ReconciliationOutput: what `reconcile --format json` prints; a contract with other programs.
 */
import { BigDecimal, Schema } from "effect"
import { roundTo } from "../accounting/Amount.ts"
import { minorUnitDecimals } from "../accounting/CurrencyCode.ts"
import { type Decimal, formatDecimal } from "../accounting/Decimal.ts"
import { type Columns, type Finding, FindingKind, findingKinds } from "../engine/reconciliation/Finding.ts"
import { agrees, type Reconciliation } from "../engine/reconciliation/reconcile.ts"
import { groupings, type TotalRow } from "../engine/reconciliation/Totals.ts"

const Amount = (description: string) => Schema.String.annotate({ description })

const columns = {
  source: Amount("In the shop, read anew and mapped as it would be today; a decimal string."),
  journal: Amount("In our journal."),
  ledger: Amount("In the ledger, read back by our references."),
  difference: Amount("Source less ledger.")
}

const Row = Schema.Struct({
  group: Schema.String,
  currency: Schema.String,
  documents: Schema.Int,
  ...columns
}).annotate({ identifier: "ReconciledGroup" })

const FoundDifference = Schema.Struct({
  kind: FindingKind.annotate({
    description: `Why: ${Object.entries(findingKinds)
      .map(([kind, meaning]) => `${kind}: ${meaning}`)
      .join(" ")}`
  }),
  pipeline: Schema.String,
  resource: Schema.String,
  id: Schema.String,
  number: Schema.String,
  day: Schema.String,
  currency: Schema.String.annotate({ description: "The accounting currency, which the amounts are in." }),
  ...columns,
  difference: Amount("The part of source less ledger that this reason accounts for."),
  codes: Schema.Array(Schema.String).annotate({ description: "Codes of what the document waits with." }),
  references: Schema.Array(Schema.String).annotate({ description: "What the ledger calls the entries." }),
  message: Schema.String
}).annotate({ identifier: "ReconciledDifference" })

/** The whole output. */
export const ReconciliationOutput = Schema.Struct({
  from: Schema.String,
  to: Schema.String,
  by: Schema.Literals(groupings),
  pipelines: Schema.Array(Schema.String),
  agrees: Schema.Boolean.annotate({ description: "False with exit code 4, true with 0." }),
  total: Schema.Array(Row).annotate({
    description: "One for each accounting currency: what the documents move, the sum of their debits."
  }),
  groups: Schema.Array(Row).annotate({
    description:
      "By account and by tax code balances, debits positive; else as the total. By currency in that currency, else in the accounting currency."
  }),
  differences: Schema.Array(FoundDifference),
  notes: Schema.Array(FoundDifference).annotate({
    description: "What explains something and is no difference."
  }),
  leftOut: Schema.Int.annotate({ description: "Differences and notes beyond those that are listed." }),
  clearing: Schema.Array(
    Schema.Struct({
      account: Schema.String,
      currency: Schema.String,
      balance: Amount("What the documents of the period leave on the account."),
      stillOpen: Amount("Of it, orders that are not finished.")
    })
  ),
  notAsked: Schema.Array(Schema.String).annotate({
    description: "Pipelines whose source cannot be asked for a day: what they never read is not found."
  })
})

/** In minor units, for programs: "119.00". */
export const exactAmount = (value: Decimal, currency: string): string =>
  formatDecimal(roundTo(value, minorUnitDecimals(currency)))

const amountsOf = ({ currency, journal, ledger, source }: Columns & { readonly currency: string }) => ({
  source: exactAmount(source, currency),
  journal: exactAmount(journal, currency),
  ledger: exactAmount(ledger, currency),
  difference: exactAmount(BigDecimal.subtract(source, ledger), currency)
})

/** A row as in the output. */
export const rowOf = (row: TotalRow): typeof Row.Encoded => ({
  group: row.group,
  currency: row.currency,
  documents: row.documents,
  ...amountsOf(row)
})

/** A finding as in the output. */
export const findingOf = (finding: Finding): typeof FoundDifference.Encoded => ({
  kind: finding.kind,
  pipeline: finding.pipeline,
  resource: finding.resource,
  id: finding.id,
  number: finding.number,
  day: finding.day,
  currency: finding.currency,
  ...amountsOf(finding),
  difference: exactAmount(finding.difference, finding.currency),
  codes: finding.codes,
  references: finding.references,
  message: finding.message
})

/** The machine-readable form; `groups` are the rows, which the engine does not keep when they are documents. */
export const outputOf = (
  reconciliation: Reconciliation,
  groups: ReadonlyArray<TotalRow>
): typeof ReconciliationOutput.Encoded => ({
  ...reconciliation.range,
  by: reconciliation.by,
  pipelines: reconciliation.pipelines,
  agrees: agrees(reconciliation),
  total: reconciliation.total.map(rowOf),
  groups: groups.map(rowOf),
  differences: reconciliation.findings.filter(({ isDifference }) => isDifference).map(findingOf),
  notes: reconciliation.findings.filter(({ isDifference }) => !isDifference).map(findingOf),
  leftOut: reconciliation.findingsLeftOut,
  clearing: reconciliation.clearing.map(({ account, balance, currency, stillOpen }) => ({
    account,
    currency,
    balance: exactAmount(balance, currency),
    stillOpen: exactAmount(stillOpen, currency)
  })),
  notAsked: reconciliation.blind
})
