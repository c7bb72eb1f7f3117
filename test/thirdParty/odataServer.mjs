/**
 * odataServer: SAP's CAP, an OData v4 server that is not ours, in a process of its own.
 *
 * Serves model.cds from memory, and tokens to anybody. Prints its address in one line.
 */
import { createRequire } from "node:module"
import cds from "@sap/cds"

const express = createRequire(import.meta.resolve("@sap/cds"))("express")

cds.env.log.levels = { ...cds.env.log.levels, odata: "silent" }
cds.env.requires.db = { kind: "sqlite", impl: "@cap-js/sqlite", credentials: { url: ":memory:" } }
cds.env.requires.auth = { kind: "dummy" }

const app = (cds.app = express())
app.post("/auth/realms/third/protocol/openid-connect/token", (_request, response) =>
  response.json({ access_token: "anybody", expires_in: 180, token_type: "Bearer" })
)
const model = (cds.model = cds.compile.for.nodejs(
  await cds.load(new URL("model.cds", import.meta.url).pathname)
))
const db = await cds.connect.to("db")
await cds.deploy(model).to("db")
await cds.serve("all").from(model).in(app)

const names = ["Acme", "O'Hara & Söhne", "100% + 1/2 #?", "Zoë “quoted”"]
await db.run(
  INSERT.into("CustomerHandling.CustomerInfoSet").entries(
    names.map((Name, index) => ({
      CustomerId: ["1000", "O'Neill/7", "A+B C", "Ö&1=2"][index],
      Name,
      Country: "SE",
      OneTime: index === 1,
      CreationDate: `2026-09-0${index + 1}`,
      CreditLimit: ["0.10", "1234.50", "99.99", "-5.00"][index],
      ChangedAt: `2026-09-30T12:00:0${index}Z`,
      Version: "2026-09-30T12:00:00.000Z"
    }))
  )
)
await db.run(
  INSERT.into("CustomerHandling.PeriodSet").entries(
    [2026, 2027].flatMap((AccountingYear) =>
      [1, 2, 3, 4, 9, 10, 11].map((AccountingPeriod) => ({
        Company: "10",
        AccountingYear,
        AccountingPeriod,
        Status: AccountingPeriod < 3 ? "Closed" : "Open"
      }))
    )
  )
)
const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`)
})
