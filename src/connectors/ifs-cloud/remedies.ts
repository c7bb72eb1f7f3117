/**
 * remedies: what the refusals of IFS mean to an accountant, and what to do.
 *
 * Found by tag, never by text: texts come in the language of the user. The
 * text of IFS is shown beside ours, since it names the value that is wrong.
 *
 * Source: server logic of release 21R1; tags may differ on other releases, and
 * an unknown one still gives the general message with the text of IFS.
 */

/** A stable code of ours, and the sentence that says what to do. */
export interface Remedy {
  readonly code: string
  readonly remedy: string
}

const periodClosed: Remedy = {
  code: "period-closed",
  remedy:
    "The accounting period of the posting date is not open for the user group of this sink. Open it in IFS (Accounting Periods, User Group per Period), then retry the document."
}
const notBalanced: Remedy = {
  code: "not-balanced",
  remedy:
    "IFS finds debits and credits unequal, although the entry balances in both currencies. Look for rows that IFS added, such as automatic tax: the voucher type must belong to a function group without automatic tax (Q) when posting rules set tax codes."
}
const amountsRefused: Remedy = {
  code: "amounts-refused",
  remedy: "IFS does not accept the amounts of this line. Check amount and accounting amount in the dry run."
}
const rateTypeMissing: Remedy = {
  code: "currency-rate-type",
  remedy:
    "IFS needs a currency rate type. Set currencyType of the sink to one that the company has, and define a parallel rate type if it keeps a parallel currency."
}
const codePartDemand: Remedy = {
  code: "dimension-demand",
  remedy:
    "The account demands a code part that the line does not carry, or forbids one that it does. Add or remove the dimension in the posting rule, or change the code part demand of the account in IFS."
}
const unknownAccount: Remedy = {
  code: "unknown-account",
  remedy:
    "The company has no such account on the posting date. Correct the account in the posting rule or its table, or create it in IFS."
}
const unknownDimension: Remedy = {
  code: "unknown-dimension-value",
  remedy:
    "The company has no such code part value on the posting date. Correct the dimension in the posting rule or its table, or create the value in IFS."
}
const voucherType: Remedy = {
  code: "voucher-type",
  remedy:
    "The voucher type does not exist, has no number series for the year, or is not connected to the user group. Correct voucherType or userGroup of the sink, or set it up in IFS."
}
const userGroup: Remedy = {
  code: "user-group",
  remedy:
    "The user group does not exist in the company, or our user is not a member of it. Correct userGroup of the sink, or add the user to the group in IFS."
}

const company: Remedy = {
  code: "company",
  remedy:
    "The company does not exist, or our user may not work in it. Correct company in the mapping, or add the company to Allowed Companies and to the finance users of the service user."
}
const unknownCurrency: Remedy = {
  code: "unknown-currency",
  remedy: "The company does not use the currency of the document. Add the currency code and its rates in IFS."
}

const taxCode: Remedy = {
  code: "tax-code",
  remedy:
    "The company has no such tax code on the posting date. Correct the tax code in the posting rule or its table, or create it in IFS."
}

/** By tag. */
export const remedies: Readonly<Record<string, Remedy>> = {
  PERCLOSED: periodClosed,
  NOTOPENPERIOD: periodClosed,
  USRGRPPER: periodClosed,
  VOUNOTBALANCED: notBalanced,
  VOUCHERMUSTBEBALANCE: notBalanced,
  INCORRECTAMOUNTS: amountsRefused,
  NOAMOUNT: amountsRefused,
  BASECURRSAME: {
    code: "currency-rate",
    remedy:
      "The currency of the document is the accounting currency of the company in IFS, but the shop states another. Check the currencies of company and shop."
  },
  RATETYPENULL: rateTypeMissing,
  PARALLELRATETYPENULL: rateTypeMissing,
  VOUISLEDGER: {
    code: "ledger-account",
    remedy:
      "The account is a ledger account, and IFS refuses those in manual vouchers. Post to a clearing account that is no ledger account."
  },
  APPONLYUSERGRP: userGroup,
  NULLREFROWEXISTS: {
    code: "reference-mandatory",
    remedy:
      "The voucher type demands references and IFS does not see those of the rows. Use a voucher type without Reference Mandatory, or voucherStatus NotApproved."
  }
}

/**
 * By what the refused value belongs to, where the tag is unknown: the entity
 * before the tag. First match wins.
 */
export const remediesByEntity: ReadonlyArray<readonly [entity: RegExp, remedy: Remedy]> = [
  [/^(?:AccountingCodestr|CodestringDemand|PostingCtrl)/u, codePartDemand],
  [/^Account$/u, unknownAccount],
  [/^(?:Code[B-J]$|AccountingCodePart|CodePart)/u, unknownDimension],
  [/^(?:StatutoryFee|TaxCode)/u, taxCode],
  [/^VoucherType/u, voucherType],
  [/^(?:AccountingPeriod|UserGroupPeriod)/u, periodClosed],
  [/^UserGroup/u, userGroup],
  [/^(?:Company|UserFinance)/u, company],
  [/^CurrencyCode/u, unknownCurrency],
  [/^Currency(?:Type|Rate)/u, rateTypeMissing]
]

/**
 * By Oracle error number, where tag and entity are unknown. The entity of 20111
 * and 20124 says what is missing, so it comes first.
 *
 * Source: Error_SYS of the IFS foundation.
 */
export const remediesByNumber: Readonly<Record<number, Remedy>> = {
  20115: {
    code: "record-removed",
    remedy: "Somebody removed the record in IFS meanwhile. Look at it in IFS, then retry."
  },
  20116: {
    code: "constraint",
    remedy:
      "The record breaks a rule that IFS keeps between records, such as one that still refers to it. Correct what it names, then retry."
  },
  20124: {
    code: "value-refused",
    remedy:
      "IFS misses a mandatory value, or does not accept the form of one. Correct what it names, then retry."
  }
}
