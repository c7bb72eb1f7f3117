/**
 * timestamp: how Commerce writes instants and document numbers.
 */
import { DateTime } from "effect"
import type { StoreView } from "./storefront.ts"

/** `YYYY-MM-DD HH:MM:SS` in UTC, without a zone, of seconds since 1970. */
export const timestamp = (seconds: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(seconds * 1000))
    .replace("T", " ")
    .slice(0, 19)

/** Seconds since 1970 of an ISO instant written in the code. */
export const instant = (iso: string): number => DateTime.makeUnsafe(iso).epochMilliseconds / 1000

/** A number that is unique only within its store view: nine digits, prefixed from the second view on. */
export const incrementId = (store: StoreView, number: number): string =>
  `${store.id === 1 ? "" : store.id}${`${number}`.padStart(9, "0")}`
