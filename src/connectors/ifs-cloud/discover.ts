/**
 * discover: which projections, fields and actions a tenant of IFS Cloud really has.
 *
 * Names differ between releases and tenants, and IFS publishes few of them. Each
 * name of the connection is looked up in the tenant's own metadata; for one that
 * is not there a near name is suggested, from the catalogue of projections or
 * from the projection itself. Nothing is written to IFS.
 *
 * Source: service document, `$metadata` and `AllProjections.svc/Projections` as
 * recorded on a live tenant in 2026.
 */
import { Effect, Option, Result, Schema } from "effect"
import type { Discovery, Finding } from "../../pipeline/Connector.ts"
import type { ConnectorError } from "../../pipeline/ConnectorError.ts"
import { suggest } from "../../pipeline/Shape.ts"
import type { Json } from "../../pipeline/SourceRecord.ts"
import type { Connection } from "./Connection.ts"
import { theirName } from "./fieldNames.ts"
import type { IfsClient } from "./IfsClient.ts"
import { type Metadata, parseMetadata } from "./parseMetadata.ts"
import { type Reading, readings } from "./readings.ts"
import { voucherFieldNames } from "./voucherDraft.ts"

type Looked =
  | { readonly _tag: "There"; readonly metadata: Metadata }
  | { readonly _tag: "Not"; readonly state: "missing" | "no grant" | "unclear"; readonly detail: string }

const Catalogue = Schema.Struct({ value: Schema.Array(Schema.Record(Schema.String, Schema.Unknown)) })

/** Settings found, by their path below the connection. */
type Settings = ReadonlyMap<ReadonlyArray<string>, string>

interface Found {
  readonly findings: ReadonlyArray<Finding>
  readonly settings: Settings
}

const finding = (
  setting: string,
  value: string,
  state: Finding["state"],
  detail: string,
  suggestion?: string
): Finding => ({ setting, value, state, detail, ...(suggestion === undefined ? {} : { suggestion }) })

const there = (setting: string, value: string, detail: string) => finding(setting, value, "there", detail)

const together = (parts: ReadonlyArray<Found>): Found => ({
  findings: parts.flatMap(({ findings }) => findings),
  settings: new Map(parts.flatMap(({ settings }) => [...settings]))
})

/** Settings as they stand in YAML. */
const nested = (settings: Settings): Json => {
  const projections: Record<string, string> = {}
  const fields: Record<string, Record<string, string>> = {}
  for (const [[, role = "", field], value] of settings) {
    if (field === undefined) projections[role] = value
    else fields[role] = { ...fields[role], [field]: value }
  }
  return {
    ...(Object.keys(projections).length === 0 ? {} : { projections }),
    ...(Object.keys(fields).length === 0 ? {} : { fields })
  }
}

/** Reads the tenant's metadata and compares. Fails only where the tenant cannot be asked at all. */
export const discover = Effect.fn("discover")(function* (
  client: IfsClient,
  connection: Connection
): Effect.fn.Return<Discovery, ConnectorError> {
  const { projections } = connection
  const catalogue = yield* client.document("/AllProjections.svc/Projections", "application/json").pipe(
    Effect.map(({ body }) =>
      Option.match(Schema.decodeUnknownOption(Catalogue)(body), {
        onNone: () => [],
        onSome: ({ value }) =>
          value.flatMap((row) =>
            [row["ProjectionName"], row["Name"]].filter((name) => typeof name === "string")
          )
      })
    ),
    Effect.catchIf(
      ({ reason }) => reason._tag !== "Unreachable",
      () => Effect.succeed<ReadonlyArray<string>>([])
    )
  )

  const looked = new Map<string, Looked>()
  const look = Effect.fn("discover.look")(function* (
    projection: string
  ): Effect.fn.Return<Looked, ConnectorError> {
    const known = looked.get(projection)
    if (known !== undefined) return known
    const answer = yield* Effect.result(client.document(`/${projection}.svc/$metadata`, "application/xml"))
    if (Result.isFailure(answer)) {
      const { reason } = answer.failure
      if (reason._tag === "Unreachable") return yield* answer.failure
      const isMissing = reason.message.startsWith("IFS knows no ")
      const not: Looked = {
        _tag: "Not",
        state: reason._tag === "Unauthorized" ? "no grant" : isMissing ? "missing" : "unclear",
        detail:
          reason._tag === "Unauthorized"
            ? `grant the projection ${projection} in a permission set of the service user`
            : isMissing
              ? `the tenant has no projection ${projection}`
              : reason.message
      }
      looked.set(projection, not)
      return not
    }
    const metadata = yield* parseMetadata(answer.success.text)
    const result: Looked = Option.match(metadata, {
      onNone: () => ({
        _tag: "Not",
        state: "unclear",
        detail: `$metadata of ${projection} is not readable as OData metadata`
      }),
      onSome: (names) => ({ _tag: "There", metadata: names })
    })
    looked.set(projection, result)
    return result
  })

  /** The projection itself, or one of a near name that is there. */
  const near = Effect.fn("discover.near")(function* (
    projection: string
  ): Effect.fn.Return<{ readonly name: string; readonly looked: Looked }, ConnectorError> {
    const own = yield* look(projection)
    if (own._tag === "There" || own.state !== "missing") return { name: projection, looked: own }
    const name = suggest(
      projection,
      catalogue.filter((other) => other !== projection)
    )
    return name === undefined ? { name: projection, looked: own } : { name, looked: yield* look(name) }
  })

  const fieldFindings = (
    role: string,
    names: Readonly<Record<string, string>>,
    wanted: ReadonlyArray<string>,
    has: ReadonlySet<string>
  ): Found => {
    const settings = new Map<ReadonlyArray<string>, string>()
    const taken = new Set(wanted.map((field) => theirName(names, field)).filter((field) => has.has(field)))
    const findings = wanted
      .filter((field) => !has.has(theirName(names, field)))
      .map((field) => {
        const free = [...has].filter((other) => !taken.has(other))
        const first = suggest(theirName(names, field), free)
        const second = suggest(
          theirName(names, field),
          free.filter((other) => other !== first)
        )
        // Two names that are near leave it open, and a wrong field could hide a voucher from us.
        const suggestion = second === undefined ? first : undefined
        if (suggestion !== undefined) settings.set(["fields", role, field], suggestion)
        return finding(
          `fields.${role}.${field}`,
          theirName(names, field),
          "missing",
          suggestion === undefined
            ? `the tenant has no such field${second === undefined ? "" : `; near are ${first ?? ""} and ${second}`}: name the right one here`
            : "the tenant has no such field",
          suggestion
        )
      })
    return { findings, settings }
  }

  const rowsIn = (reading: Reading, entitySet: string) =>
    client
      .page(
        {
          entitySet,
          row: Schema.Struct(
            Object.fromEntries(reading.orderBy.slice(0, 1).map((field) => [field, Schema.Unknown]))
          ),
          orderBy: reading.orderBy.slice(0, 1)
        },
        { top: 1 }
      )
      .pipe(
        Effect.match({
          onFailure: ({ reason }) =>
            finding(
              `projections.${reading.role}`,
              entitySet,
              reason._tag === "Unauthorized" ? "no grant" : "unclear",
              reason.message
            ),
          onSuccess: ({ rows }) =>
            there(
              `projections.${reading.role}`,
              entitySet,
              rows.length === 0
                ? `${reading.label}: no rows visible to our user`
                : `${reading.label}: rows visible`
            )
        })
      )

  /** An array below a row of a set, and its fields. */
  const ofArray = (
    { fields, label, role }: NonNullable<Reading["below"]>[number],
    arrays: Metadata["arrays"]
  ): Found => {
    const setting = `projections.${role}`
    const named = projections[role]
    const known = [...arrays.keys()]
    const right = arrays.has(named) ? named : suggest(named, known)
    const own =
      right === named
        ? there(setting, named, label)
        : finding(
            setting,
            named,
            "missing",
            right === undefined
              ? `${label}: not there; there are ${known.join(", ")}`
              : `${label}: the tenant calls it otherwise`,
            right
          )
    const wanted = Object.keys(fields).filter((field) => !field.startsWith("@"))
    const ofFields = fieldFindings(
      role,
      connection.fields[role] ?? {},
      wanted,
      arrays.get(right ?? "") ?? new Set(wanted)
    )
    return {
      findings: [own, ...ofFields.findings],
      settings: new Map([
        ...(right === undefined || right === named ? [] : [[["projections", role], right] as const]),
        ...ofFields.settings
      ])
    }
  }

  const ofReading = Effect.fn("discover.reading")(function* (
    reading: Reading
  ): Effect.fn.Return<Found, ConnectorError> {
    const { fields, role } = reading
    const entitySet = projections[role] ?? ""
    const [projection = "", set = ""] = entitySet.split(".svc/")
    const setting = `projections.${role}`
    const found = yield* near(projection)
    if (found.looked._tag === "Not") {
      return {
        findings: [
          finding(setting, entitySet, found.looked.state, `${reading.label}: ${found.looked.detail}`)
        ],
        settings: new Map()
      }
    }
    const { sets } = found.looked.metadata
    const [only] = sets.keys()
    const right = sets.has(set)
      ? set
      : (suggest(set, [...sets.keys()]) ?? (sets.size === 1 ? only : undefined))
    if (right === undefined) {
      return {
        findings: [
          finding(
            setting,
            entitySet,
            "missing",
            `${reading.label}: ${found.name} has no entity set ${set}; it has ${[...sets.keys()].join(", ")}`
          )
        ],
        settings: new Map()
      }
    }
    const theirs = `${found.name}.svc/${right}`
    const { arrays } = found.looked.metadata
    const ofFields = together([
      fieldFindings(role, connection.fields[role] ?? {}, Object.keys(fields), sets.get(right) ?? new Set()),
      ...(reading.below ?? []).map((below) => ofArray(below, arrays))
    ])
    return theirs === entitySet
      ? { findings: [yield* rowsIn(reading, entitySet), ...ofFields.findings], settings: ofFields.settings }
      : {
          findings: [
            finding(setting, entitySet, "missing", `${reading.label}: the tenant calls it otherwise`, theirs),
            ...ofFields.findings
          ],
          settings: new Map([[["projections", role], theirs], ...ofFields.settings])
        }
  })

  const ofAssistant = Effect.gen(function* () {
    const findings: Array<Finding> = []
    const settings = new Map<ReadonlyArray<string>, string>()
    const name = (
      role: "voucherAssistant" | "voucherDrafts" | "voucherPostings" | "createVoucher" | "removeDraft",
      has: Iterable<string>,
      detail: string
    ) => {
      const setting = `projections.${role}`
      const known = [...has]
      if (known.includes(projections[role])) {
        findings.push(there(setting, projections[role], detail))
        return projections[role]
      }
      const suggestion = suggest(projections[role], known)
      if (suggestion !== undefined) settings.set(["projections", role], suggestion)
      findings.push(
        finding(
          setting,
          projections[role],
          "missing",
          suggestion === undefined
            ? `${detail}: not there; there are ${known.join(", ")}`
            : `${detail}: the tenant calls it otherwise`,
          suggestion
        )
      )
      return suggestion
    }
    const { looked: assistant, name: projection } = yield* near(projections.voucherAssistant)
    if (assistant._tag === "Not") {
      findings.push(
        finding(
          "projections.voucherAssistant",
          projections.voucherAssistant,
          assistant.state,
          `enters vouchers: ${assistant.detail}`
        )
      )
      return { findings, settings }
    }
    const { actions, arrays, sets } = assistant.metadata
    name(
      "voucherAssistant",
      [projection],
      "enters vouchers; whether its actions are granted shows at the first voucher"
    )
    const drafts = name("voucherDrafts", sets.keys(), "temporary vouchers")
    const postings = name("voucherPostings", arrays.keys(), "rows of a temporary voucher")
    name("createVoucher", actions, "action that makes the voucher")
    name("removeDraft", actions, "action that removes a temporary voucher")
    for (const [role, wanted, has] of [
      ["voucherHeader", voucherFieldNames.header, sets.get(drafts ?? "")],
      ["voucherPosting", voucherFieldNames.row, arrays.get(postings ?? "")]
    ] as const) {
      if (has === undefined || has.size === 0) continue
      const found = fieldFindings(role, connection.fields[role] ?? {}, wanted, has)
      findings.push(...found.findings)
      for (const [path, value] of found.settings) settings.set(path, value)
    }
    return { findings, settings }
  })

  const { findings, settings } = together([
    yield* ofAssistant,
    ...(yield* Effect.forEach(readings, ofReading))
  ])
  return { findings, settings: nested(settings) }
})
