/**
 * figure: a measured number as people read it.
 */

/** Three or four digits that mean something; more would be noise. */
export const figure = (value: number): string =>
  value.toLocaleString("en", { maximumSignificantDigits: value >= 100 ? 4 : 3 })
