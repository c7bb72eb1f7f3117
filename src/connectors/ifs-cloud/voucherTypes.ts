/**
 * voucherTypes: the voucher types that each user group of a company may enter.
 *
 * Source: release 21R1 for projection and set; of its properties the keys are sure.
 */
import { Schema } from "effect"
import { present, Text } from "./Table.ts"
import { companies, tableFields } from "./TableConfig.ts"
import { tableSource } from "./tableSource.ts"

/** A kind of journal entry that a group of users may make, in our words. */
export const EntryType = Schema.Struct({
  id: Schema.String.annotate({ description: "company/userGroup/type" }),
  company: Schema.String.annotate({ description: "Legal entity." }),
  userGroup: Schema.String.annotate({ description: "Group of users that may enter it." }),
  type: Schema.String.annotate({ description: "Short name, for example M." }),
  description: Schema.optionalKey(Schema.String.annotate({ description: "What people call it." })),
  functionGroup: Schema.optionalKey(
    Schema.String.annotate({
      description: "What it is for: M manual, Q manual without automatic tax, K, R, X."
    })
  )
}).annotate({ identifier: "EntryType" })

/** `ifs-cloud/voucher-types` */
export const voucherTypes = tableSource({
  type: "ifs-cloud/voucher-types",
  summary: "Reads the voucher types of companies, for each user group.",
  resource: "entry-type",
  perCompany: true,
  config: Schema.Struct({
    companies,
    ...tableFields("UserRelatedVoucherData.svc/VoucherTypeSet", "release 21R1")
  }),
  record: EntryType,
  row: Schema.Struct({
    Company: Schema.String,
    UserGroup: Schema.String,
    VoucherType: Schema.String,
    Description: Text,
    FunctionGroup: Text
  }),
  key: { Company: "string", UserGroup: "string", VoucherType: "string" },
  number: (row) => row.VoucherType,
  normalise: (row) =>
    present({
      id: `${row.Company}/${row.UserGroup}/${row.VoucherType}`,
      company: row.Company,
      userGroup: row.UserGroup,
      type: row.VoucherType,
      description: row.Description,
      functionGroup: row.FunctionGroup
    })
})
