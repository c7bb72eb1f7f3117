/**
 * readingConfig: the settings under `with` about how a list is read over time.
 */
import { Effect, Schema } from "effect"
import { duration } from "./duration.ts"

/** Settings of a sweep; `back` says how far it goes back when nothing is said. */
const sweep = <Fields extends Schema.Struct.Fields>(fields: Fields, description: string) =>
  Schema.Struct({
    enabled: Schema.Boolean.annotate({ description: "Whether to read again at all.", default: true }).pipe(
      Schema.withDecodingDefaultKey(Effect.succeed(true))
    ),
    every: duration("How often.", "1 day", "our own choice"),
    ...fields
  }).annotate({ description })

/** For lists whose items have no time at all: every reading reads everything. */
export const paceConfig = {
  overlap: duration(
    "How far each reading goes back before the last one, for what took long to commit.",
    "10 minutes",
    "assumed; the stamp is set by the statement and not at commit (magento2 db_schema.xml)"
  ),
  lag: duration(
    "How far each reading stays behind the shop's own present.",
    "1 minute",
    "our own choice; stamps have a resolution of a second (magento2 db_schema.xml)"
  )
}

/** For lists whose items say when they changed: the last days are swept. */
export const readingConfig = {
  ...paceConfig,
  sweep: sweep(
    {
      back: duration(
        "How many of the last days.",
        "7 days",
        "our own choice; that stamps do not always move: magento2 issues 10287 and 37670"
      )
    },
    "Once a day the last days are read again, for what was committed later than any overlap. What has not changed since is left alone."
  ).pipe(Schema.withDecodingDefaultKey(Effect.succeed({})))
}

/** For lists whose items change without saying so: everything is swept. */
export const wholeReadingConfig = {
  ...paceConfig,
  sweep: sweep(
    {},
    "Once a day everything is read again, since the shop does not stamp every change. What has not changed since is left alone."
  ).pipe(Schema.withDecodingDefaultKey(Effect.succeed({})))
}
