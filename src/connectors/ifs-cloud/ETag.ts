/**
 * ETag: the version of a row, as IFS itself gave it.
 *
 * A PATCH without one inserts what is not there, and `*` takes any version, so
 * neither is an ETag here: what we change is always what we have read.
 *
 * Source: techdocs "Entity Upserts and ETag Support" 23R2, 25R1.
 */
import { Schema } from "effect"

/** Opaque, kept to the letter: `W/"…"`. */
export const ETag = Schema.String.check(Schema.isPattern(/^(?:W\/)?"[^"]+"$/u)).pipe(Schema.brand("ETag"))
export type ETag = typeof ETag.Type
