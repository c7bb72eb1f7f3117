#!/usr/bin/env node
/**
 * main: argv, layers, run.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Cause, Console, Effect, Exit, Predicate } from "effect"
import { CliOutput, Command } from "effect/cli"
import { audit } from "./cli/audit.ts"
import { backfill } from "./cli/backfill.ts"
import { connect } from "./cli/connect.ts"
import { connection } from "./cli/connection.ts"
import { database } from "./cli/database.ts"
import { demo } from "./cli/demo.ts"
import { discover } from "./cli/discover.ts"
import { dryRun } from "./cli/dryRun.ts"
import { errors } from "./cli/errors.ts"
import { exitCode } from "./cli/exitCode.ts"
import { forget } from "./cli/forget.ts"
import { ledger } from "./cli/ledger.ts"
import { ping } from "./cli/ping.ts"
import { reconcile } from "./cli/reconcile.ts"
import { run } from "./cli/run.ts"
import { sandbox } from "./cli/sandbox.ts"
import { schema } from "./cli/schema.ts"
import { secrets } from "./cli/secrets.ts"
import { status } from "./cli/status.ts"
import { trace } from "./cli/trace.ts"
import { validate } from "./cli/validate.ts"
import { version } from "./cli/version.ts"

const ledgerline = Command.make("ledgerline").pipe(
  Command.withDescription(
    "Moves invoices and credit memos of Adobe Commerce into the general ledger of IFS Cloud, as balanced vouchers, once each"
  ),
  Command.withSubcommands([
    validate,
    dryRun,
    run,
    backfill,
    reconcile,
    errors,
    trace,
    audit,
    forget,
    ledger,
    connection,
    status,
    ping,
    secrets,
    discover,
    connect,
    database,
    schema,
    sandbox,
    demo
  ])
)

/** A mistake on the command line is said in one line, not with the whole help above it. */
const presenter = CliOutput.layerPresenter({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error(
          `${event.errors.map(({ message }) => message.trim()).join("\n")}\nsee: ${event.commandPath.join(" ")} --help`
        )
      : CliOutput.defaultPresenter.present(event)
})

/** A failure that is expected is a sentence; only a bug shows where it happened. */
const report = (cause: Cause.Cause<unknown>) =>
  Effect.forEach(
    cause.reasons,
    (reason) => {
      if (Cause.isInterruptReason(reason)) return Effect.void
      if (Cause.isDieReason(reason)) {
        return Console.error(
          `this is a bug in ledgerline; please report it.\n${Cause.pretty(Cause.fromReasons([reason]))}`
        )
      }
      const { error } = reason
      if (Predicate.isTagged(error, "ShowHelp")) return Effect.void
      return Console.error(Predicate.hasProperty(error, "message") ? String(error.message) : String(error))
    },
    { discard: true }
  )

Command.run(ledgerline, { version }).pipe(
  Effect.provide([presenter, NodeServices.layer]),
  Effect.tapCause(report),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isExit(exit) ? exitCode(exit) : 1)
  })
)
