/**
 * codePartValues: the values of the code parts B to J of each company, which are our dimension values.
 *
 * Source: release 21R1 for the projection; the names of set and properties are
 * those of the sandbox. Some tenants keep a set for each code part (CodeBSet).
 */
import { Schema } from "effect"
import { present, Text } from "./Table.ts"
import { companies, tableFields } from "./TableConfig.ts"
import { tableSource } from "./tableSource.ts"

/** A value of a dimension, in our words. */
export const DimensionValue = Schema.Struct({
  id: Schema.String.annotate({ description: "company/dimension/value" }),
  company: Schema.String.annotate({ description: "Legal entity." }),
  dimension: Schema.String.annotate({ description: "Dimension of the ledger, by its letter: B to J." }),
  value: Schema.String.annotate({ description: "For example the number of a cost centre." }),
  description: Schema.optionalKey(Schema.String.annotate({ description: "What people call it." }))
}).annotate({ identifier: "DimensionValue" })

/** `ifs-cloud/code-part-values` */
export const codePartValues = tableSource({
  type: "ifs-cloud/code-part-values",
  summary: "Reads the values of the code parts of companies.",
  resource: "dimension-value",
  perCompany: true,
  lookUpBy: { value: "CodePartValue" },
  config: Schema.Struct({
    companies,
    ...tableFields(
      "CodePartValuesHandling.svc/CodePartValueSet",
      "projection: release 21R1; set: not published, look it up in the API Explorer of your tenant"
    )
  }),
  record: DimensionValue,
  row: Schema.Struct({
    Company: Schema.String,
    CodePart: Schema.String,
    CodePartValue: Schema.String,
    Description: Text
  }),
  key: { Company: "string", CodePart: "string", CodePartValue: "string" },
  normalise: (row) =>
    present({
      id: `${row.Company}/${row.CodePart}/${row.CodePartValue}`,
      company: row.Company,
      dimension: row.CodePart,
      value: row.CodePartValue,
      description: row.Description
    })
})
