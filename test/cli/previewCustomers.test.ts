/*
 * What a person, and a program, reads of customers before anything is written.
 */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Effect, FileSystem, Schema } from "effect"
import { generated } from "../../src/cli/generated.ts"
import { addressType, customerType } from "../../src/sandbox/ifs/CustomerRegister.ts"
import { openSandbox } from "../endToEnd/scene.ts"
import { variablesOf } from "../endToEnd/variablesOf.ts"
import { databases } from "../support/databases.ts"
import { matchGolden } from "../support/golden.ts"
import { assertEnded, ledgerline } from "./ledgerline.ts"

const decodeJson = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Unknown))
const decodeSchema = Schema.decodeUnknownEffect(
  Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))
)

/** Customers of the shop by what becomes of them: linked and changed, linked, to be created, found, ambiguous. */
const place = Effect.fnUntraced(function* (folder: string) {
  const files = yield* FileSystem.FileSystem
  const sandbox = yield* openSandbox(folder, { documents: 1 })
  const pipelines = `${folder}/pipelines/customers`
  yield* files.copy(new URL("../../pipelines/customers", import.meta.url).pathname, pipelines)
  yield* files.copyFile(sandbox.connections, `${pipelines}/connections.yaml`)
  const { customers } = yield* sandbox.commerce.shop
  const only = (...ids: ReadonlyArray<string>) =>
    sandbox.commerce.update((shop) => ({
      ...shop,
      customers: customers.filter(({ id }) => ids.includes(String(id)))
    }))
  const insert = (CustomerId: string, Name: string, IdentifierReference: string) =>
    sandbox.ifs.customers.insert(customerType, {
      CustomerId,
      Name,
      IdentifierReference,
      DefaultLanguage: "de",
      PartyType: "Customer",
      DefaultDomain: true
    })
  yield* insert("2001", "Nord Ausstatter", "DE123456788")
  yield* insert("2002", "Alpen Handel GmbH", "ATU12345675")
  yield* insert("2003", "Alpen Handel Wien", "ATU12345675")
  const linked = only("1", "2")
  const changed = Effect.andThen(
    only("1", "2", "3", "8", "9"),
    sandbox.commerce.editCustomer("1", (customer) => ({
      ...customer,
      email: "greta.neu@example.com",
      updated_at: "2026-10-01 08:00:00"
    }))
  )
  return { linked, changed, register: sandbox.ifs.customers }
})

// The fastest there is: that each database keeps the same is proved elsewhere.
describe.each(databases.slice(-1))("C4 dry-run of customers, on $name,", (database) => {
  it.live(
    "says customer by customer and field by field what would be written, in three forms, and writes nothing",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.makeTempDirectoryScoped({ prefix: "ledgerline-preview-" })
        const { changed, linked, register } = yield* place(folder)
        const surroundings = { folder, variables: yield* variablesOf(database) }
        const command = (text: string) => ledgerline(surroundings, ...text.split(" "))
        const preview = "dry-run pipelines/customers/shop-to-erp.yaml"
        yield* linked
        assertEnded(yield* command("run --once pipelines/customers"), 0)
        yield* changed
        const rows = () => [...register.rows(customerType), ...register.rows(addressType)]
        const before = rows()
        const shown = Effect.fnUntraced(function* (name: string, text: string) {
          const ended = yield* command(text)
          assertEnded(ended, 4)
          yield* matchGolden(
            `cli/${name}`,
            `$ ledgerline ${text}\n${ended.output}${ended.messages}exit ${ended.code}\n`
          )
          return ended
        })
        yield* shown("customers-table.txt", preview)
        yield* shown("customers-csv.txt", `${preview} --format csv`)
        const json = yield* shown("customers-json.txt", `${preview} --format json`)
        const schema = yield* decodeSchema(generated()["dry-run.schema.json"] ?? "")
        const validate = new Ajv2020({ allErrors: true }).compile(schema)
        assert.isTrue(validate(yield* decodeJson(json.output)), JSON.stringify(validate.errors))
        assert.deepStrictEqual(rows(), before)
      }).pipe(Effect.scoped, Effect.provide([database.layer, NodeServices.layer])),
    60_000
  )
})
