import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { Mapping } from "../../src/mapping/Mapping.ts"
import { unknownShape } from "../../src/pipeline/Shape.ts"
import { compile, mapping } from "./fixtures.ts"

const issuesOf = (...given: Parameters<typeof compile>) =>
  Result.match(compile(...given), { onFailure: (issues) => issues, onSuccess: ({ warnings }) => warnings })

const decodeMapping = Schema.decodeUnknownResult(Mapping, { onExcessProperty: "error" })

/** Issues as `code at path`. */
const briefly = (...given: Parameters<typeof compile>) =>
  issuesOf(...given).map(({ code, path }) => `${code} at ${path.join(".")}`)

const withRule = (rule: object) => ({
  ...mapping,
  lines: [...mapping.lines.slice(0, 2), { ...mapping.lines[2], ...rule }]
})

describe("compileMapping", () => {
  it("accepts a mapping that is right", () => {
    assert.isEmpty(issuesOf(mapping))
  })

  it.each([
    [{ amount: "amuont" }, "mapping/unknown-field at lines.2.amount", "amount"],
    [{ each: "texes" }, "mapping/unknown-field at lines.2.each", "taxes"],
    [{ text: "{titel}" }, "mapping/unknown-field at lines.2.text", "title"],
    [{ account: { table: "vta" } }, "mapping/unknown-table at lines.2.account.table", "vat"],
    [
      { taxCode: { table: "vat", column: "acount" } },
      "mapping/unknown-column at lines.2.taxCode.column",
      "account"
    ],
    [
      { dimensions: { costCentre: "100" } },
      "mapping/unknown-dimension at lines.2.dimensions.costCentre",
      "costCenter"
    ]
  ])("%j is reported with what was meant", (rule, expected, suggestion) => {
    const found = issuesOf(withRule(rule)).find(
      ({ code, path }) => `${code} at ${path.join(".")}` === expected
    )
    assert.strictEqual(found?.suggestion, suggestion)
    assert.strictEqual(found?.severity, "error")
  })

  it.each([
    ["an amount that is a text", withRule({ amount: "code" }), "mapping/not-an-amount at lines.2.amount"],
    [
      "an amount of the document inside each",
      withRule({ amount: "totals.tax" }),
      "mapping/unknown-field at lines.2.amount"
    ],
    ["each over what is no list", withRule({ each: "totals" }), "mapping/not-a-list at lines.2.each"],
    ["two rules of one name", withRule({ name: "revenue" }), "mapping/duplicate-name at lines.2.name"],
    [
      "an account made from a field",
      withRule({ account: "26{code}" }),
      "mapping/bad-account at lines.2.account"
    ],
    ["a brace that encloses nothing", withRule({ text: "{code" }), "mapping/bad-placeholder at lines.2.text"],
    ["a list inside a text", { ...mapping, text: "{lines}" }, "mapping/not-a-text at text"],
    [
      "a posting date from an amount",
      { ...mapping, postingDate: { from: "totals.grand", timeZone: "UTC" } },
      "mapping/not-an-instant at postingDate.from"
    ],
    [
      "a company from an unknown table",
      { ...mapping, company: { table: "companies" } },
      "mapping/unknown-table at company.table"
    ],
    [
      "a rounding dimension the sink lacks",
      { ...mapping, rounding: { account: "7990", limit: "0.02", dimensions: { project: "1" } } },
      "mapping/unknown-dimension at rounding.dimensions.project"
    ],
    [
      "a table without a rule",
      { ...mapping, tables: { ...mapping.tables, spare: { rows: [{ a: "b" }] } } },
      "mapping/unused-table at tables.spare"
    ]
  ])("%s is reported", (_, written, expected) => {
    assert.include(briefly(written), expected)
  })

  it("all issues are reported at once", () => {
    assert.lengthOf(
      issuesOf({
        ...withRule({ amount: "amuont", account: { table: "vta" } }),
        company: "{store.cod}"
      }).filter(({ severity }) => severity === "error"),
      3
    )
  })

  it("nothing is complained about where the fields are not known", () => {
    assert.isEmpty(issuesOf(withRule({ amount: "whatever" }), { shape: unknownShape }))
  })

  describe("a table file", () => {
    const at = (revenue: string) =>
      issuesOf(mapping, { revenue }).map(
        ({ code, at }) => `${code} ${at?.file}:${at?.line}${at?.column === undefined ? "" : `:${at.column}`}`
      )

    it.each([
      ["empty", "", "mapping/unreadable-table tables/revenue.csv:1"],
      [
        "with a quote left open",
        'productType,account,costCenter\n"simple,3000,a\n',
        "mapping/unreadable-table tables/revenue.csv:2"
      ],
      [
        "with a row too short",
        "productType,account,costCenter\nsimple,3000\n",
        "mapping/unreadable-table tables/revenue.csv:2"
      ],
      [
        "with a column twice",
        "productType,account,account,costCenter\na,b,c,d\n",
        "mapping/unreadable-table tables/revenue.csv:1"
      ],
      [
        "with a column without heading",
        "productType,,account,costCenter\na,b,c,d\n",
        "mapping/unreadable-table tables/revenue.csv:1"
      ],
      [
        "with semicolons",
        "productType;account;costCenter\na;b;c\n",
        "mapping/unreadable-table tables/revenue.csv:1"
      ],
      [
        "with an empty input",
        "productType,account,costCenter\n*,3000,a\n,3000,a\n",
        "mapping/empty-cell tables/revenue.csv:3"
      ],
      [
        "with an empty alternative",
        "productType,account,costCenter\na|,3000,a\n",
        "mapping/empty-cell tables/revenue.csv:2"
      ],
      [
        "with a heading that is no field",
        "account,prodctType,costCenter\n1,a,b\n",
        "mapping/unknown-field tables/revenue.csv:1:9"
      ],
      [
        "without the column asked for",
        "productType,account\na,1\n",
        "mapping/unknown-column undefined:undefined"
      ]
    ])("%s is reported with its place", (_, text, expected) => {
      assert.include(at(text), expected)
    })

    it("reports each bad row", () => {
      assert.deepStrictEqual(at("productType,account,costCenter\na\nb,1,2\n\nc,1,2,3\n"), [
        "mapping/unreadable-table tables/revenue.csv:2",
        "mapping/unreadable-table tables/revenue.csv:5"
      ])
    })

    it("may begin with a byte order mark, end its lines as Windows does and quote its cells", () => {
      assert.isEmpty(at('\uFEFFproductType,account,costCenter\r\n"simple", 3000 ,"a, b"\r\n'))
    })

    it("that is missing is an error of its path", () => {
      const spare = { ...mapping, tables: { ...mapping.tables, other: { file: "tables/other.csv" } } }
      assert.include(briefly(spare), "mapping/unreadable-table at tables.other.file")
    })

    it("inline rows need the same columns", () => {
      const rows = [{ code: "a", account: "1" }, { code: "b" }]
      assert.include(
        briefly({ ...mapping, tables: { ...mapping.tables, vat: { rows } } }),
        "mapping/unreadable-table at tables.vat.rows.1"
      )
    })
  })

  describe("a row that never decides", () => {
    const deadRows = (hitPolicy: "first" | "unique", cells: ReadonlyArray<string>) =>
      issuesOf({
        ...mapping,
        tables: {
          ...mapping.tables,
          vat: { hitPolicy, rows: cells.map((code) => ({ code, account: "2610" })) }
        }
      })
        .filter(({ code, severity }) => code === "mapping/unreachable-row" && severity === "warning")
        .map(({ message }) => /Row (\d+)/u.exec(message)?.[1])

    it.each([
      ["first", ["a", "a"], ["2"]],
      ["first", ["*", "a"], ["2"]],
      ["first", ["a", "*"], []],
      ["first", ["a|b", "b"], ["2"]],
      ["first", ["b", "a|b"], []],
      ["unique", ["a", "a"], ["2"]],
      ["unique", ["*", "a"], ["2"]],
      ["unique", ["a", "*"], ["1"]],
      ["unique", ["a", "b"], []]
    ] as const)("%s, cells %j: rows %j", (hitPolicy, cells, expected) => {
      assert.deepStrictEqual(deadRows(hitPolicy, cells), [...expected])
    })
  })

  it.each([
    [
      "an unknown time zone",
      { ...mapping, postingDate: { from: "createdAt", timeZone: "Europe/Bonn" } },
      "IANA"
    ],
    ["a misspelt key", { ...mapping, roundng: {} }, "roundng"],
    ["a negative rounding limit", { ...mapping, rounding: { account: "7990", limit: "-1" } }, "limit"],
    ["no rules", { ...mapping, lines: [] }, "lines"]
  ])("the schema refuses %s", (_, written, word) => {
    const decoded = decodeMapping(written)
    assert.include(Result.isFailure(decoded) ? String(decoded.failure) : "", word)
  })
})
