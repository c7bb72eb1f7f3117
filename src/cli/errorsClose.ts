/**
 * errorsClose: a person settles what will not be posted by us.
 */
import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { ErrorQueue } from "../store/ErrorQueue.ts"
import { Journal } from "../store/Journal.ts"
import { actor, actorFlag } from "./actor.ts"
import { findItem } from "./errorsShow.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { configuredStore } from "./configuredStore.ts"

/** `ledgerline errors resolve` and `ledgerline errors ignore`. */
export const errorsClose = (options: {
  readonly name: "resolve" | "ignore"
  readonly state: "resolved" | "ignored"
  readonly description: string
  readonly example: string
}) =>
  Command.make(
    options.name,
    {
      ids: Argument.Int("id").pipe(
        Argument.withDescription("numbers from errors list"),
        Argument.variadic({ min: 1 })
      ),
      reason: Flag.String("reason").pipe(Flag.withDescription("why; kept in the audit log")),
      actor: actorFlag
    },
    Effect.fn("errors.close")(function* ({ actor: given, ids, reason }) {
      if (reason.trim() === "") {
        return yield* new ConfigurationWrong({
          message: "--reason is empty. An auditor will ask; write a sentence."
        })
      }
      const who = yield* actor(given)
      const queue = yield* ErrorQueue
      const journal = yield* Journal
      // All are looked at before one is closed, so that a mistyped number closes nothing.
      const items = yield* Effect.forEach(ids, findItem)
      for (const item of items) {
        const isOpen = (yield* journal.ofDocuments([item])).some(
          ({ state }) => state === "sending" || state === "unknown"
        )
        if (isOpen) {
          return yield* new ConfigurationWrong({
            message: `${item.resource} ${item.number} cannot be closed: it is not known yet whether the ledger took its entry. Wait until that is looked up.`
          })
        }
      }
      for (const item of items) {
        const isDone = yield* queue.close(item, options.state, { actor: who, reason })
        yield* Console.log(
          `${item.resource} ${item.number}  ${isDone ? options.state : "was settled already"}`
        )
      }
    }, Effect.provide(configuredStore))
  ).pipe(
    Command.withDescription(options.description),
    Command.withExamples([{ command: options.example, description: "The reason is kept in the audit log" }])
  )
