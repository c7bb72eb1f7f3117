/**
 * database: what the owner of the tables does, so that the program needs fewer rights.
 */
import { Config, Console, Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { database as configuredDatabase } from "../store/Database.ts"
import { databaseRoles } from "../store/databaseRoles.ts"
import { configuredQueue } from "./configuredStore.ts"
import { ConfigurationWrong } from "./exitCode.ts"

const migrate = Command.make(
  "migrate",
  {},
  Effect.fn("database.migrate")(function* () {
    // Making the layers does it all: tables first, then the queues.
    yield* Effect.scoped(Layer.build(Layer.merge(configuredDatabase, configuredQueue)))
    const url = yield* Config.option(Config.Redacted("LEDGERLINE_DATABASE_URL"))
    yield* Console.log(
      Option.isSome(url)
        ? "tables and queues are up to date; if roles are used, run the SQL of `ledgerline database roles` again"
        : "tables are up to date"
    )
  })
).pipe(
  Command.withDescription(
    "Make the tables and queues, or bring them up to date; the only command that needs to own them"
  ),
  Command.withExamples([
    {
      command: "LEDGERLINE_DATABASE_URL=postgres://owner@db/ledgerline ledgerline database migrate",
      description:
        "Before the first start and after each upgrade, where the program runs as a role with fewer rights"
    }
  ])
)

const roles = Command.make(
  "roles",
  {
    prefix: Flag.String("prefix").pipe(
      Flag.withDescription("what the names of the roles start with (default: ledgerline)"),
      Flag.withDefault("ledgerline")
    )
  },
  Effect.fn("database.roles")(function* ({ prefix }) {
    if (!/^[a-z][a-z\d_]{0,39}$/u.test(prefix)) {
      return yield* new ConfigurationWrong({
        message: `--prefix ${prefix} cannot start the name of a role. Use lower-case letters, digits and underscores.`
      })
    }
    yield* Console.log(
      [
        "-- Roles for ledgerline. Run as the owner of its tables, who may create roles, in its database:",
        '--   psql "$OWNER_URL" --single-transaction --set ON_ERROR_STOP=1 --file roles.sql',
        "-- and again after each upgrade. A role can log in when it has a password: \\password " +
          `${prefix}_app`,
        "",
        ...databaseRoles(prefix).map((statement) => `${statement};`)
      ].join("\n")
    )
  })
).pipe(
  Command.withDescription(
    "Print the SQL that makes roles with few rights: app to run as, readonly for reports, sealer for seals"
  ),
  Command.withExamples([
    {
      command: 'ledgerline database roles | psql "$OWNER_URL" --single-transaction --set ON_ERROR_STOP=1',
      description: "After ledgerline database migrate"
    }
  ])
)

/** `ledgerline database`. */
export const database = Command.make("database").pipe(
  Command.withDescription("Tables and roles of the PostgreSQL database"),
  Command.withSubcommands([migrate, roles])
)
