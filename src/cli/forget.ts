/**
 * forget: takes a customer out of everything that is stored here.
 */
import { Console, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import {
  findPerson,
  forget as forgetPerson,
  ForgottenRows,
  type KeyScope,
  LeftAlone,
  leftAloneText,
  type Person
} from "../engine/forget.ts"
import { actor, actorFlag } from "./actor.ts"
import { columns } from "./columns.ts"
import { configuredStore } from "./configuredStore.ts"
import { ConfigurationWrong } from "./exitCode.ts"
import { flags } from "./flags.ts"
import { pipelinesOf } from "../plan/Plan.ts"
import { counted, loadPlan } from "./loadPlan.ts"
import { styled } from "./styled.ts"

/** What `forget --format json` prints. */
export const ForgetOutput = Schema.Struct({
  done: Schema.Boolean.annotate({ description: "false: nothing was changed, since --yes was not given." }),
  customers: Schema.Array(
    Schema.Struct({
      system: Schema.String,
      id: Schema.String.annotate({ description: "Key of the customer there." }),
      connection: Schema.optionalKey(Schema.String).annotate({
        description: "Whose key it is, where --connection said so."
      })
    })
  ),
  documents: Schema.Int.annotate({ description: "Documents and records of the customer." }),
  rows: ForgottenRows.annotate({ description: "Rows that held something of the customer, by table." }),
  leftAlone: Schema.Array(LeftAlone).annotate({
    description:
      "With --connection: records under the same key that pipelines of other connections have read."
  })
})

const outputOf = (
  { documents, leftAlone, rows, traits }: Person,
  done: boolean
): typeof ForgetOutput.Type => ({
  done,
  customers: traits.customers,
  documents,
  rows,
  leftAlone
})

const meanings: Readonly<Record<string, string>> = {
  source_record: "revisions as read: the payload goes, amounts and hashes stay",
  journal_entry: "entries: texts go, everything else stays",
  audit: "steps: details that name the customer",
  error_item: "waiting documents: messages that name the customer",
  held_entry: "entries found in the ledger: texts",
  customer_link: "links to the same customer elsewhere: closed, with the keys alone",
  customer_task: "requests to look at the customer: deleted"
}

const tableOf = ({ rows }: Person) =>
  columns(
    ["table", "rows", ""],
    Object.entries(rows).map(([table, count]) => [table, `${count}`, meanings[table] ?? ""]),
    [1]
  )

/** What no program of ours can reach. */
const notTouched =
  "not touched: the shop, the ledger and the texts that were posted there, backups and write-ahead logs of this database, log files"

/** Said before, on the terminal only: who it is must be seen by whoever decides. */
const whom = ({ documents, traits }: Person) =>
  [
    ...traits.customers.map(({ connection, id, system }) => `customer ${id} of ${connection ?? system}`),
    ...traits.addresses,
    counted(documents, "record")
  ].join(", ")

/** What stays because its key may be somebody else's; never without being said. */
const leftAloneOf = ({ leftAlone }: Person, connection: string) =>
  leftAlone.length === 0
    ? []
    : [
        `left alone, records under the same key and with other addresses: ${leftAloneText(leftAlone)}. No pipeline of these names reads ${connection}; what is of the same person after all goes by the e-mail address, or by the connection that was read.`
      ]

/** The pipelines that read a connection, by the files as they are. */
const scopeOf = Effect.fn("forget.scopeOf")(function* (
  connection: string,
  customer: string,
  given: { readonly folder: string; readonly connections: string | undefined }
): Effect.fn.Return<KeyScope, ConfigurationWrong, Effect.Services<ReturnType<typeof loadPlan>>> {
  if (customer.includes("@")) {
    return yield* new ConfigurationWrong({
      message:
        "an e-mail address is the same person in every shop, and is forgotten in all of them. Leave --connection out, or give the key of the customer."
    })
  }
  const all = pipelinesOf(yield* loadPlan({ paths: [given.folder], connections: given.connections }))
  const own = all.filter(({ sourceConnection }) => sourceConnection === connection)
  if (own.length === 0) {
    return yield* new ConfigurationWrong({
      message: `no pipeline in ${given.folder} reads ${connection}. There are pipelines of: ${[...new Set(all.map(({ sourceConnection }) => sourceConnection))].toSorted().join(", ")}.`
    })
  }
  return { connection, pipelines: own.map(({ name }) => name) }
})

/** `ledgerline forget`. */
export const forget = Command.make(
  "forget",
  {
    customer: Argument.String("customer").pipe(
      Argument.withDescription(
        "key of the customer in the shop, or an e-mail address (guests have no key). Where one database has two shops, say with --connection whose key it is: without it customers of both with that key are forgotten"
      )
    ),
    connection: Flag.String("connection").pipe(
      Flag.withDescription(
        "whose key it is, where one database has two shops: a name of connections.yaml. What other pipelines have read under the same key stays, and is listed"
      ),
      Flag.optional
    ),
    yes: Flag.Boolean("yes").pipe(
      Flag.withDescription("do it; without it only what would go is shown. It cannot be undone"),
      Flag.withDefault(false)
    ),
    actor: actorFlag,
    format: flags.format,
    connections: flags.connections,
    pipelines: flags.pipelines
  },
  Effect.fn("forget")(function* ({
    actor: given,
    connection,
    connections,
    customer,
    format,
    pipelines,
    yes
  }) {
    if (customer.trim() === "") {
      return yield* new ConfigurationWrong({
        message: "say whom: ledgerline forget 17, or an e-mail address"
      })
    }
    const scope = Option.isNone(connection)
      ? undefined
      : yield* scopeOf(connection.value, customer, {
          folder: pipelines,
          connections: Option.getOrUndefined(connections)
        })
    const person = yield* yes
      ? forgetPerson(customer, yield* actor(given), scope)
      : findPerson(customer, scope)
    if (format === "json") return yield* Console.log(JSON.stringify(outputOf(person, yes), null, 2))
    yield* Console.log(
      [
        ...(Object.keys(person.rows).length === 0
          ? [`nothing is left of ${whom(person)}: all of it was forgotten before`]
          : [
              yes ? `forgotten, in ${counted(person.documents, "record")}` : `would forget ${whom(person)}`,
              "",
              tableOf(person)
            ]),
        "",
        ...leftAloneOf(person, scope?.connection ?? ""),
        styled("dim", notTouched),
        ...(yes || Object.keys(person.rows).length === 0
          ? []
          : [
              `nothing was changed; to do it: ledgerline forget ${customer}${scope === undefined ? "" : ` --connection ${scope.connection}`} --yes`
            ])
      ].join("\n")
    )
  }, Effect.provide(configuredStore))
).pipe(
  Command.withDescription(
    "Take a customer out of everything that is stored: payloads, names, addresses, e-mail, phone and VAT numbers, and texts that name him. Amounts, accounts, dates, keys of systems and hashes stay, balances are as before, and the audit log still verifies: each erased row is noted in a sealed table. Documents of the customer that are read again are stored without him: what changes is posted as ever, by rules that see the word forgotten where his name was. The shop, the ledger with the texts that were posted to it, backups and logs are not touched; after a restore give the command again. With the embedded database stop the service first."
  ),
  Command.withExamples([
    { command: "ledgerline forget 17", description: "What would go, by table; changes nothing" },
    {
      command: "ledgerline forget 17 --connection shop",
      description: "The customer 17 of one of two shops"
    },
    { command: "ledgerline forget anna@example.com --yes", description: "Do it, for a guest" }
  ])
)
