/**
 * Job: what one worker process is to run.
 */
import { Schema } from "effect"
import { Target } from "./Target.ts"

/** Which of the two is measured. */
export const Side = Schema.Literals(["ledgerline", "baseline"])
export type Side = typeof Side.Type

/** An empty database: a folder for the embedded one, or the URL of one on a server. */
export const Place = Schema.Union([
  Schema.Struct({ folder: Schema.String }),
  Schema.Struct({ url: Schema.String })
])
export type Place = typeof Place.Type

/** The last pass is measured; those before it warm the process up. */
export const Job = Schema.Struct({
  side: Side,
  passes: Schema.NonEmptyArray(Schema.Struct({ target: Target, place: Place, documents: Schema.Int }))
})
export type Job = typeof Job.Type

/** As it is handed over on the command line. */
export const JobJson = Schema.fromJsonString(Job)
