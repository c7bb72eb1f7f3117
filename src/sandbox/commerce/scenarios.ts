/**
 * scenarios: the kinds of sale the generated shop is made of.
 *
 * The generator goes through the list once in order, so that each kind occurs early, and then draws
 * from it. The last entry, the sale to Denmark, is used once per shop and never drawn.
 */
import type { catalogue } from "./catalogue.ts"
import type { storeViews } from "./storefront.ts"
import type { Destination } from "./taxRatesFor.ts"

/** One kind of product and how many of it. */
export interface ScenarioLine {
  readonly kind: keyof typeof catalogue
  readonly minimum: number
  readonly maximum: number
}

/** One credit memo of a sale. */
export interface ScenarioRefund {
  /** `half` takes back half of each row, at least one piece; `rest` what is left; `none` only adjusts. */
  readonly goods: "half" | "rest" | "none"
  /** Percent of the shipping charge that is paid back. */
  readonly shippingPercent: 0 | 50 | 100
  /** Cents in base currency on top of, or kept back from, the refund. */
  readonly adjustmentPositive?: bigint
  readonly adjustmentNegative?: bigint
}

/** One kind of sale, from order to credit memos. */
export interface Scenario {
  readonly store: keyof typeof storeViews
  readonly destination: Destination
  readonly buyer: "customer" | "guest" | "deleted"
  readonly lines: ReadonlyArray<ScenarioLine>
  readonly method: "braintree" | "checkmo" | "companycredit"
  readonly discountPercent: number
  readonly shippingDiscountPercent: number
  /** Percent of the grand total paid by gift card, and of the rest by store credit. */
  readonly giftCardPercent: number
  readonly storeCreditPercent: number
  /** Invoices made, out of the parts the order is cut into; fewer means the order stays partly open. */
  readonly invoices: number
  readonly parts: number
  /** The last invoice awaits its money (state 1). */
  readonly lastInvoiceOpen: boolean
  /** The last invoice's items compensate one cent less than its grand total reckons with. */
  readonly pennyResidue: boolean
  readonly refunds: ReadonlyArray<ScenarioRefund>
  /** Once the invoices are made, what is left of the order is cancelled. */
  readonly cancelsRest: boolean
  /** The order has the number of an earlier one with -1 behind it, as releases since 2.4.7 number re-orders. */
  readonly isReorder: boolean
  /**
   * Orders of the same kind that come before and never get an invoice. `edited` is cancelled in favour
   * of the next one, and the last such in favour of the sale itself.
   */
  readonly before: ReadonlyArray<"cancelled" | "waiting" | "edited">
}

const line = (kind: ScenarioLine["kind"], minimum = 1, maximum = minimum): ScenarioLine => ({
  kind,
  minimum,
  maximum
})

const scenario = (fields: Partial<Scenario> & Pick<Scenario, "lines">): Scenario => ({
  store: "default",
  destination: { country: "DE" },
  buyer: "customer",
  method: "braintree",
  discountPercent: 0,
  shippingDiscountPercent: 0,
  giftCardPercent: 0,
  storeCreditPercent: 0,
  invoices: 1,
  parts: fields.invoices ?? 1,
  lastInvoiceOpen: false,
  pennyResidue: false,
  refunds: [],
  cancelsRest: false,
  isReorder: false,
  before: [],
  ...fields
})

const wholesale = { store: "b2b", method: "companycredit" } as const
const california = { store: "us", destination: { country: "US", region: "CA" } } as const

/** Every kind of sale but the one to Denmark. */
export const scenarios: readonly [Scenario, ...ReadonlyArray<Scenario>] = [
  scenario({ lines: [line("configurable", 1, 3), line("book", 1, 2)] }),
  scenario({ ...wholesale, lines: [line("simple", 10, 40), line("book", 5, 12)], invoices: 2 }),
  scenario({
    ...california,
    lines: [line("configurable"), line("simple", 2, 4)],
    discountPercent: 15,
    before: ["cancelled"]
  }),
  scenario({
    lines: [line("dynamicBundle", 1, 2)],
    refunds: [{ goods: "rest", shippingPercent: 100 }]
  }),
  scenario({ lines: [line("fixedBundle", 2, 3)], buyer: "guest", discountPercent: 10, isReorder: true }),
  scenario({ lines: [line("virtual"), line("giftCard")], method: "checkmo", lastInvoiceOpen: true }),
  scenario({
    lines: [line("simple", 2, 5), line("configurable", 2, 3)],
    discountPercent: 20,
    shippingDiscountPercent: 50,
    before: ["edited"],
    invoices: 2,
    refunds: [{ goods: "half", shippingPercent: 50, adjustmentPositive: 500n }]
  }),
  scenario({
    destination: { country: "AT" },
    lines: [line("simple", 1, 3), line("book", 2, 4)],
    giftCardPercent: 40,
    refunds: [
      { goods: "half", shippingPercent: 0 },
      { goods: "rest", shippingPercent: 100 }
    ]
  }),
  scenario({
    destination: { country: "FR" },
    lines: [line("configurable", 1, 2), line("virtual")],
    storeCreditPercent: 30,
    before: ["waiting"],
    refunds: [{ goods: "half", shippingPercent: 0, adjustmentNegative: 350n }]
  }),
  scenario({ ...wholesale, lines: [line("dynamicBundle", 3, 6)], invoices: 3, lastInvoiceOpen: true }),
  scenario({
    lines: [line("simple", 3, 7), line("book", 3, 5)],
    discountPercent: 7,
    before: ["edited", "edited"],
    invoices: 2,
    pennyResidue: true
  }),
  scenario({ lines: [line("book", 1, 3)], buyer: "deleted" }),
  scenario({
    store: "us",
    destination: { country: "US", region: "OR" },
    lines: [line("fixedBundle"), line("book", 1, 2)],
    buyer: "guest",
    shippingDiscountPercent: 100
  }),
  scenario({
    ...california,
    lines: [line("dynamicBundle", 2), line("giftCard")],
    giftCardPercent: 25,
    invoices: 2,
    refunds: [{ goods: "half", shippingPercent: 100, adjustmentNegative: 750n }]
  }),
  scenario({
    ...wholesale,
    destination: { country: "AT" },
    lines: [line("simple", 8, 20), line("fixedBundle", 4, 9)],
    method: "checkmo",
    discountPercent: 12,
    invoices: 2,
    parts: 3,
    cancelsRest: true
  }),
  scenario({ lines: [line("giftCard", 2, 4)], buyer: "guest" }),
  scenario({
    lines: [line("configurable", 2, 4), line("simple", 1, 2)],
    discountPercent: 10,
    giftCardPercent: 60,
    storeCreditPercent: 50,
    invoices: 2,
    refunds: [{ goods: "rest", shippingPercent: 100 }]
  }),
  scenario({
    ...california,
    lines: [line("simple", 3, 6), line("virtual")],
    refunds: [{ goods: "none", shippingPercent: 0, adjustmentPositive: 1000n }]
  }),
  scenario({ lines: [line("fixedBundle"), line("book"), line("virtual"), line("simple", 1, 4)] })
]

/** The one sale whose tax code (DK-25) the shipped tables leave out. */
export const danishScenario: Scenario = scenario({
  destination: { country: "DK" },
  lines: [line("configurable", 1, 2), line("simple")]
})
