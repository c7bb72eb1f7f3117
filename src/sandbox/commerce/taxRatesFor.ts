/**
 * taxRatesFor: which tax a sale bears, by destination and kind of good.
 *
 * The shop taxes at the destination, as the EU's one-stop scheme asks. Vouchers that can buy
 * anything (gift cards) are not taxed when sold.
 */

/** The tax class of a product. */
export type TaxClass = "standard" | "reduced" | "none"

/** Where the goods go. */
export interface Destination {
  readonly country: string
  /** State code; only the United States tax by it. */
  readonly region?: string
}

/** One tax rate of the shop. */
export interface TaxRate {
  readonly code: string
  readonly title: string
  /** Hundredths of a percent: 725 is 7.25 %. */
  readonly basisPoints: bigint
}

const germanStandard: TaxRate = { code: "DE-19", title: "MwSt. 19 %", basisPoints: 1900n }
const germanReduced: TaxRate = { code: "DE-7", title: "MwSt. 7 %", basisPoints: 700n }
const austrian: TaxRate = { code: "AT-20", title: "USt. 20 %", basisPoints: 2000n }
const french: TaxRate = { code: "FR-20", title: "TVA 20 %", basisPoints: 2000n }
const danish: TaxRate = { code: "DK-25", title: "Moms 25 %", basisPoints: 2500n }
const californianState: TaxRate = { code: "US-CA-STATE", title: "CA state tax", basisPoints: 725n }
const californianCounty: TaxRate = { code: "US-CA-COUNTY", title: "CA county tax", basisPoints: 100n }

/** The rates that apply together; two in California, none where the shop is not registered. */
export const taxRatesFor = (destination: Destination, taxClass: TaxClass): ReadonlyArray<TaxRate> => {
  if (taxClass === "none") return []
  switch (destination.country) {
    case "DE":
      return [taxClass === "reduced" ? germanReduced : germanStandard]
    case "AT":
      return [austrian]
    case "FR":
      return [french]
    case "DK":
      return [danish]
    default:
      return destination.region === "CA" ? [californianState, californianCounty] : []
  }
}
