/**
 * commerceTime: an instant as Commerce writes it.
 */
import { DateTime } from "effect"

/** "2026-01-31 23:59:58" in UTC, which sorts as time does. */
export const commerceTime = (instant: DateTime.Utc): string =>
  DateTime.formatIso(instant).slice(0, 19).replace("T", " ")
