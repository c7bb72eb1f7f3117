/**
 * backfills: past periods that are read beside the live flow, and how far each is.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Creates the table. */
export const backfills = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  // Its place stands here and not in `cursor`: a past period never moves the live one.
  // `holder` reads it until `held_until`; another may take over afterwards.
  yield* sql`
    CREATE TABLE backfill (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      pipeline text NOT NULL,
      period_from timestamptz NOT NULL,
      period_until timestamptz NOT NULL,
      state text NOT NULL DEFAULT 'reading' CHECK (state IN ('reading', 'read')),
      place jsonb NOT NULL DEFAULT 'null',
      expected int,
      read int NOT NULL DEFAULT 0,
      unchanged int NOT NULL DEFAULT 0,
      entries int NOT NULL DEFAULT 0,
      parked int NOT NULL DEFAULT 0,
      holder text,
      held_until timestamptz,
      started_at timestamptz NOT NULL DEFAULT present(),
      moved_at timestamptz NOT NULL DEFAULT present(),
      CHECK (period_from < period_until),
      UNIQUE (pipeline, period_from, period_until)
    )`
})
