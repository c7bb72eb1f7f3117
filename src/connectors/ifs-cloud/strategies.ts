/**
 * strategies: the ways to post to IFS Cloud, and what each of them guarantees.
 *
 * IFS offers no idempotency header and refuses no duplicate reference. So
 * either we look before we post and wait until IFS can no longer be working on
 * an attempt, or we use the one thing that has a state of its own: a load of
 * the external voucher interface.
 */
import type { Connection } from "./Connection.ts"
import type { VouchersConfig } from "./VouchersConfig.ts"

/** By the value of the setting `strategy`; each guarantee is a sentence for the reference. */
export const strategies = {
  assistant: {
    guarantee:
      "header, rows and the action that makes the voucher, as the web client does it. One voucher per entry as long as statementTimeout is not less than the longest time that IFS works on a request."
  },
  direct: {
    guarantee:
      "one request with header and rows, to a projection of your tenant (directVouchers). The same guarantee with fewer requests."
  },
  "external-load": {
    guarantee:
      "a load of the external voucher interface, named after the entry, checked and then created. IFS creates a load once, so the guarantee rests on no time; your tenant must let our user add loads, and refuse to create one that is created."
  }
} as const

/** Why these settings break what their strategy guarantees; none if they do not. */
export const strategyProblems = (connection: Connection, config: VouchersConfig): ReadonlyArray<string> => {
  switch (config.strategy) {
    case "assistant":
      return []
    case "direct":
      return connection.projections.directVouchers === undefined
        ? [
            "The strategy direct needs a projection that takes a voucher with its rows in one request. Name it in directVouchers under projections of the connection, or choose another strategy."
          ]
        : []
    case "external-load":
      return config.voucherStatus === "NotApproved"
        ? [
            "Vouchers of an external load are not left unapproved for a person. Remove voucherStatus: NotApproved, or choose another strategy."
          ]
        : []
  }
}
