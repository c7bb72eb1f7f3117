/**
 * audit: seals the log, and proves that nobody changed it.
 */
import { Console, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Seals } from "../store/Seals.ts"
import { SomethingLeft } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { counted } from "./loadPlan.ts"
import { styled } from "./styled.ts"
import { configuredStore } from "./configuredStore.ts"

const verify = Command.make(
  "verify",
  {
    root: Flag.String("root").pipe(
      Flag.withDescription("a root that was kept elsewhere: nothing up to it may have been written anew"),
      Flag.optional
    ),
    format: flags.format
  },
  Effect.fn("audit.verify")(function* ({ format, root }) {
    const seals = yield* Seals
    const verified = yield* seals.verify(Option.getOrUndefined(root))
    const { differences, erased, findings, hasUnsealed, root: newest, rows } = verified
    if (format === "json") yield* Console.log(JSON.stringify(verified, null, 2))
    else {
      const more = differences - findings.length
      yield* Console.log(
        [
          ...findings.map(({ message }) => `${styled("red", "differs")}  ${message}`),
          ...(more > 0 ? [`and ${counted(more, "more difference")}`] : []),
          `${counted(verified.seals, "seal")} over ${counted(rows, "row")} compared; ${
            differences === 0
              ? styled("green", "all are as they were sealed")
              : counted(differences, "difference")
          }`,
          ...(erased === 0
            ? []
            : [`${counted(erased, "row")} lost a person by ledgerline forget, which is sealed too`]),
          ...(hasUnsealed ? ["some rows are not sealed yet: ledgerline audit seal"] : []),
          ...(newest === undefined ? [] : [`newest root ${newest}`])
        ].join("\n")
      )
    }
    if (differences > 0) {
      return yield* new SomethingLeft({
        message: `the audit log is not as it was sealed: ${counted(differences, "difference")}. Find out who may write to the database, and compare with a backup.`
      })
    }
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription(
    "Compare every sealed row with its seal, and name what was changed, removed or reordered"
  ),
  Command.withExamples([
    { command: "ledgerline audit verify", description: "Exit code 4 if anything differs" },
    {
      command: "ledgerline audit verify --root 5dc9da79…",
      description: "With a root that was kept where the database's administrator cannot write"
    }
  ])
)

const seal = Command.make(
  "seal",
  { format: flags.format },
  Effect.fn("audit.seal")(function* ({ format }) {
    const sealed = yield* (yield* Seals).seal
    if (format === "json") yield* Console.log(JSON.stringify(sealed, null, 2))
    else {
      yield* Console.log(
        [
          `${counted(sealed.rows, "row")} sealed`,
          ...(sealed.root === undefined ? [] : [`newest root ${sealed.root}`])
        ].join("\n")
      )
    }
    if (!sealed.isComplete) {
      return yield* new SomethingLeft({
        message:
          "nothing was sealed: a transaction of the database server is still open. Try again when it is over."
      })
    }
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription("Seal what is not sealed yet; the service does so after each round"),
  Command.withExamples([
    { command: "ledgerline audit seal --format json", description: "For a job that keeps the root elsewhere" }
  ])
)

/** `ledgerline audit`. */
export const audit = Command.make("audit").pipe(
  Command.withDescription("The sealed log of everything that was done"),
  Command.withSubcommands([verify, seal])
)
