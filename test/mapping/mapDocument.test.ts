import { assert, describe, it } from "@effect/vitest"
import type { Json } from "../../src/pipeline/SourceRecord.ts"
import { about, both, invoice, linesOf, map, mapping, problemsOf } from "./fixtures.ts"

const codes = (result: ReturnType<typeof map>) =>
  problemsOf(result).map(({ code, path }) => `${code} ${path}`)

const withTotals = (totals: { readonly [name: string]: Json }) => ({
  ...invoice,
  totals: { ...invoice.totals, ...both(totals) }
})

const withRounding = { ...mapping, rounding: { account: "7990", limit: "0.02" } }

describe("mapDocument", () => {
  it("posts what the rules say, to the accounts of the tables", () => {
    assert.deepStrictEqual(linesOf(map(invoice)), [
      "1510 debit 119.00 receivable",
      "3000 credit 60.00 revenue",
      "3010 credit 40.00 revenue",
      "2610 credit 19.00 vat"
    ])
  })

  it("an entry carries company, key, document, texts and dimensions", () => {
    const result = map(invoice, {
      ...mapping,
      company: "{store.id}0",
      text: "Order {order.number} {customer.company}"
    })
    assert.deepInclude(result._tag === "Entry" ? { ...result.entry } : {}, {
      document: about.document,
      idempotencyKey: "shop/10/invoice/42/1",
      company: "10",
      currency: "EUR",
      accountingCurrency: "EUR",
      text: "Order 2000007",
      correction: false
    })
    assert.deepInclude(result._tag === "Entry" ? { ...result.entry.lines[1] } : {}, {
      text: "A-1 Lamp",
      dimensions: { costCenter: "webshop" }
    })
  })

  it("each line knows its rule and the row that decided it", () => {
    const result = map(invoice)
    assert.deepStrictEqual(result._tag === "Entry" ? result.provenance : [], [
      { rule: "receivable" },
      { rule: "revenue", table: "revenue", row: 3 },
      { rule: "revenue", table: "revenue", row: 2 },
      { rule: "vat", table: "vat", row: 1 }
    ])
  })

  it.each([
    ["2026-03-31T19:59:59Z", "2026-03-31"],
    ["2026-03-31T20:00:00Z", "2026-04-01"],
    ["2026-12-31T22:30:00Z", "2027-01-01"]
  ])("with a cut-off at 22:00 in Berlin, %s counts to %s", (createdAt, expected) => {
    const result = map(
      { ...invoice, createdAt },
      { ...mapping, postingDate: { from: "createdAt", timeZone: "Europe/Berlin", cutOff: "22:00" } }
    )
    assert.strictEqual(result._tag === "Entry" ? result.entry.postingDate : "", expected)
  })

  it.each([
    ["2026-03-31T21:59:59Z", "Europe/Berlin", "2026-03-31"],
    ["2026-03-31T22:00:00Z", "Europe/Berlin", "2026-04-01"],
    ["2026-01-01T04:59:00Z", "America/New_York", "2025-12-31"],
    ["2026-03-31T23:30:00+02:00", "UTC", "2026-03-31"]
  ])("the instant %s is a day of the calendar of %s: %s", (createdAt, timeZone, expected) => {
    const result = map(
      { ...invoice, createdAt },
      { ...mapping, postingDate: { from: "createdAt", timeZone } }
    )
    assert.strictEqual(result._tag === "Entry" ? result.entry.postingDate : "", expected)
  })

  it.each(["2026-03-31 22:15:00", "31.03.2026", "2026-13-01T00:00:00Z", null])(
    "%s is no instant, and is not taken for one",
    (createdAt) => {
      assert.deepStrictEqual(codes(map({ ...invoice, createdAt })), ["mapping/not-an-instant postingDate"])
    }
  )

  it("a negative amount stands on the other side", () => {
    const fee = { type: "adjustment-fee", title: "Restocking", ...both({ amount: "-5.00" }) }
    const result = map(
      { ...withTotals({ grand: "114.00" }), fees: [fee] },
      {
        ...mapping,
        lines: [
          ...mapping.lines,
          { name: "fee", side: "credit", each: "fees", amount: "amount", account: "3900" }
        ]
      }
    )
    assert.include(linesOf(result), "3900 debit 5.00 fee")
  })

  it("lines of nothing are left out, and so is the account they lack", () => {
    const free = { code: "DE-0", title: "free", ...both({ amount: "0.00" }) }
    assert.lengthOf(linesOf(map({ ...invoice, taxes: [...invoice.taxes, free] })), 4)
  })

  it("amounts are rounded half away from zero to the minor unit of their currency", () => {
    const lines = [{ ...invoice.lines[0], ...both({ net: "99.995" }) }]
    assert.include(linesOf(map({ ...invoice, lines })), "3000 credit 100.00 revenue")
    const yen = {
      ...invoice,
      currency: "JPY",
      accountingCurrency: "JPY",
      taxes: [],
      lines,
      totals: both({ grand: "100" })
    }
    assert.deepStrictEqual(linesOf(map(yen)), ["1510 debit 100 receivable", "3000 credit 100 revenue"])
  })

  it("a list of one that JSONata gave as the element itself is a list of one", () => {
    assert.deepStrictEqual(
      linesOf(map({ ...invoice, taxes: invoice.taxes[0] ?? null })),
      linesOf(map(invoice))
    )
  })

  describe("two currencies", () => {
    const dollars = {
      ...invoice,
      currency: "USD",
      lines: [{ ...invoice.lines[0], net: "100.00", accounting: { net: "90.91" } }],
      taxes: [{ code: "DE-19", title: "VAT", amount: "19.00", accounting: { amount: "17.27" } }],
      totals: { grand: "119.00", residual: "0.00", accounting: { grand: "108.18" } }
    }

    it("each line states both amounts as the source recorded them", () => {
      assert.deepStrictEqual(linesOf(map(dollars)), [
        "1510 debit 119.00 (108.18) receivable",
        "3000 credit 100.00 (90.91) revenue",
        "2610 credit 19.00 (17.27) vat"
      ])
    })

    it("a missing accounting amount is a problem, since no rate is applied", () => {
      const { accounting: _, ...totals } = dollars.totals
      assert.deepStrictEqual(codes(map({ ...dollars, totals })), [
        "mapping/no-accounting-amount lines.receivable"
      ])
    })

    it("amounts of opposite signs are a problem", () => {
      const totals = { ...dollars.totals, accounting: { grand: "-108.18" } }
      assert.deepStrictEqual(codes(map({ ...dollars, totals })), ["mapping/opposite-signs lines.receivable"])
    })

    it("a cent in the accounting currency alone changes the largest line across from the receivable", () => {
      const totals = { ...dollars.totals, accounting: { grand: "108.19" } }
      const result = map({ ...dollars, totals }, withRounding)
      assert.deepStrictEqual(linesOf(result), [
        "1510 debit 119.00 (108.19) receivable",
        "3000 credit 100.00 (90.92) revenue",
        "2610 credit 19.00 (17.27) vat"
      ])
      assert.deepInclude(result._tag === "Entry" ? result.provenance[1] : {}, { accountingRounding: "0.01" })
    })

    it("more than the limit in the accounting currency alone is a problem in that currency", () => {
      const totals = { ...dollars.totals, accounting: { grand: "108.21" } }
      const [problem] = problemsOf(map({ ...dollars, totals }, withRounding))
      assert.strictEqual(problem?.code, "mapping/rounding-limit")
      assert.include(problem?.message, "debits 108.21 and credits 108.18 EUR differ by 0.03")
    })

    it("a cent in both currencies goes to the rounding account in both", () => {
      const totals = { ...dollars.totals, grand: "119.01", accounting: { grand: "108.19" } }
      assert.include(linesOf(map({ ...dollars, totals }, withRounding)), "7990 credit 0.01 rounding")
    })

    it("a cent of the document that is worth nothing makes no line of nothing: the largest line across takes it", () => {
      const totals = { ...dollars.totals, grand: "119.01" }
      const result = map({ ...dollars, totals }, withRounding)
      assert.deepStrictEqual(linesOf(result), [
        "1510 debit 119.01 (108.18) receivable",
        "3000 credit 100.01 (90.91) revenue",
        "2610 credit 19.00 (17.27) vat"
      ])
      assert.deepInclude(result._tag === "Entry" ? result.provenance[1] : {}, { rounding: "0.01" })
    })

    it("cents in opposite directions are both settled, without a line", () => {
      const totals = { ...dollars.totals, grand: "119.01", accounting: { grand: "108.17" } }
      assert.deepStrictEqual(linesOf(map({ ...dollars, totals }, withRounding)), [
        "1510 debit 119.01 (108.17) receivable",
        "3000 credit 100.01 (90.90) revenue",
        "2610 credit 19.00 (17.27) vat"
      ])
    })
  })

  describe("an entry that is out of balance", () => {
    it.each([
      ["119.02", "7990 credit 0.02 rounding"],
      ["118.98", "7990 debit 0.02 rounding"]
    ])("by two cents at %s is settled on the rounding account", (grand, expected) => {
      assert.include(linesOf(map(withTotals({ grand }), withRounding)), expected)
    })

    it("by more than the limit says by how much, and that the source's total has an unexplained part", () => {
      const [problem, ...others] = problemsOf(
        map(withTotals({ grand: "124.00", residual: "5.00" }), withRounding)
      )
      assert.isEmpty(others)
      assert.strictEqual(problem?.code, "mapping/rounding-limit")
      for (const words of [
        "debits 124.00",
        "credits 119.00",
        "differ by 5.00",
        "limit of 0.02",
        "unexplained part of 5.00"
      ]) {
        assert.include(problem?.message, words)
      }
    })

    it("without a rounding account is a problem from the first cent", () => {
      const [problem] = problemsOf(map(withTotals({ grand: "119.01" })))
      assert.strictEqual(problem?.code, "mapping/unbalanced")
      assert.notInclude(problem?.message, "unexplained")
    })
  })

  describe("what is missing", () => {
    it("is reported at once, for all rules", () => {
      const { createdAt: _, ...undated } = invoice
      const document = {
        ...undated,
        taxes: [{ ...invoice.taxes[0], code: "FR-20" }],
        totals: both({ grand: "x" })
      }
      assert.deepStrictEqual(codes(map(document)), [
        "mapping/not-an-instant postingDate",
        "mapping/not-an-amount lines.receivable",
        "mapping/no-row lines.vat"
      ])
    })

    it("a row is named with its values and as the line to add", () => {
      const lines = [{ ...invoice.lines[0], productType: "gift, card" }]
      const message = problemsOf(map({ ...invoice, lines }))[0]?.message
      assert.include(
        message,
        "Table revenue (tables/revenue.csv) has no row for productType = gift, card, store.code = web"
      )
      assert.include(message, '"gift, card",web,<account>,<costCenter>')
    })

    it("once for many lines that lack the same row", () => {
      const lines = Array.from({ length: 5 }, () => ({ ...invoice.lines[0], productType: "unknown" }))
      assert.deepStrictEqual(codes(map({ ...invoice, lines })), ["mapping/no-row lines.revenue"])
    })

    it.each([119, null, "1e2", "", "119,00", "9".repeat(60), true])(
      "the amount %j is not taken for one",
      (grand) => {
        assert.include(codes(map(withTotals({ grand })))[0], "lines.receivable")
      }
    )

    it("an account left empty in the table is a problem, a dimension left empty is not", () => {
      const wholesale = { ...invoice, store: { id: "2", code: "b2b" } }
      const result = map({ ...wholesale, lines: [{ ...invoice.lines[0], ...both({ net: "100.00" }) }] })
      assert.deepStrictEqual(result._tag === "Entry" ? result.entry.lines[1]?.dimensions : {}, {})
      const revenue = "productType,account,costCenter\n*,,web\n"
      assert.deepStrictEqual(codes(map(invoice, mapping, { revenue })), ["mapping/empty-cell lines.revenue"])
    })

    it("a field of the company is not left blank", () => {
      assert.deepStrictEqual(codes(map(invoice, { ...mapping, company: "{store.website}" })), [
        "mapping/missing-field company"
      ])
    })

    it("a document of zeros has nothing to post", () => {
      const zero = { ...invoice, lines: [], taxes: [], totals: both({ grand: "0.00" }) }
      assert.deepStrictEqual(map(zero), { _tag: "NothingToPost" })
    })

    it("a currency that is none is a problem", () => {
      assert.deepStrictEqual(codes(map({ ...invoice, currency: "Euro" })), ["mapping/missing-field document"])
    })
  })

  describe("hit policies", () => {
    const rows = [
      { "store.code": "web", account: "3001" },
      { "store.code": "web|b2b", account: "3002" },
      { "store.code": "*", account: "3003" }
    ]
    const accountFor = (hitPolicy: "first" | "unique", code: string | undefined, from = rows) => {
      const result = map(
        {
          ...invoice,
          store: code === undefined ? {} : { code },
          taxes: [],
          totals: both({ grand: "100.00" })
        },
        {
          ...mapping,
          tables: { revenue: { rows: from, hitPolicy } },
          lines: [
            mapping.lines[0],
            { name: "revenue", side: "credit", amount: "totals.grand", account: { table: "revenue" } }
          ]
        }
      )
      return result._tag === "Entry" ? result.entry.lines[1]?.account : problemsOf(result)[0]?.code
    }

    it.each([
      ["first", "web", "3001"],
      ["first", "b2b", "3002"],
      ["first", "outlet", "3003"],
      ["first", undefined, "3003"],
      ["unique", "web", "mapping/several-rows"],
      ["unique", "outlet", "3003"],
      ["unique", undefined, "3003"]
    ] as const)("%s, store %s: %s", (hitPolicy, code, expected) => {
      assert.strictEqual(accountFor(hitPolicy, code), expected)
    })

    it.each([
      ["web", "3001"],
      ["b2b", "mapping/no-row"],
      [undefined, "mapping/no-row"],
      ["*", "mapping/no-row"]
    ] as const)("without a row for anything, store %s: %s", (code, expected) => {
      assert.strictEqual(accountFor("unique", code, rows.slice(0, 1)), expected)
    })
  })
})
