/**
 * Target: a sandbox to run against, as the process that keeps it describes itself.
 */
import { Schema } from "effect"

/** One local shop and ledger. `connections` is a connections file for the shipped pipelines. */
export const Target = Schema.Struct({
  connections: Schema.String,
  commerce: Schema.Struct({
    url: Schema.String,
    credentials: Schema.Struct({
      consumerKey: Schema.String,
      consumerSecret: Schema.String,
      accessToken: Schema.String,
      accessTokenSecret: Schema.String
    })
  }),
  ifs: Schema.Struct({
    url: Schema.String,
    realm: Schema.String,
    clientId: Schema.String,
    clientSecret: Schema.String
  })
})
export type Target = typeof Target.Type

/** What the process prints: one target for each number of documents it was asked for. */
export const Targets = Schema.fromJsonString(Schema.NonEmptyArray(Target))
