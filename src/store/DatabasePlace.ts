/**
 * DatabasePlace: where the database lies, if a copy of it could not tell itself from it.
 */
import { Context } from "effect"

/** Distinguishes a copied folder from the original; empty for a server, whose copies have other numbers. */
export const DatabasePlace = Context.Reference<string>("ledgerline/store/DatabasePlace", {
  defaultValue: () => ""
})
