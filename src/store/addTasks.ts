/**
 * addTasks: asks for customers to be looked at.
 */
import type { SqlClient } from "effect/sql"
import type { CustomerTask } from "./CustomerLink.ts"
import { rows } from "./rows.ts"

/** What is known of a customer when it is asked for. */
export type NewCustomerTask = Omit<CustomerTask, "asked" | "attempts">

/** Adds them in the caller's transaction, due at once; one that waits already is asked for once more. */
export const addTasks = (sql: SqlClient.SqlClient, tasks: ReadonlyArray<NewCustomerTask>) => sql`
  INSERT INTO customer_task (pair, side, external_id, pipeline, resource, number, revision, is_by_person)
  SELECT pair, side, "externalId", pipeline, resource, number, revision, "isByPerson"
  FROM jsonb_to_recordset(${rows(tasks)}::jsonb)
    AS row (pair text, side text, "externalId" text, pipeline text, resource text, number text, revision int,
            "isByPerson" boolean)
  ORDER BY pair, side, "externalId"
  ON CONFLICT (pair, side, external_id) DO UPDATE
    SET asked = customer_task.asked + 1, attempts = 0, due_at = least(customer_task.due_at, present()),
        pipeline = EXCLUDED.pipeline, number = EXCLUDED.number,
        revision = greatest(customer_task.revision, EXCLUDED.revision),
        is_by_person = customer_task.is_by_person OR EXCLUDED.is_by_person`
