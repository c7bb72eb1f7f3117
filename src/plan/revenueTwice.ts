/**
 * revenueTwice: warns when two pipelines post the same sales to the same account.
 *
 * An order and its invoices are the same sale. A plan may post both, if one of
 * them only defers what the other realises.
 */
import { Result } from "effect"
import { type ConfigIssue, issueAt } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PostingConfig } from "../config/pipelineSchema.ts"
import type { Selector } from "../mapping/Mapping.ts"
import { readTable } from "../mapping/Table.ts"
import type { TextFile } from "./readFolder.ts"

/** A decoded pipeline that posts, with the text of its tables. */
export interface PostingRules {
  readonly yaml: YamlFile
  readonly config: PostingConfig
  readonly tables: ReadonlyMap<string, TextFile>
}

/** Every account the selector can give; none where a field of the document decides. */
const accountsOf = (selector: Selector, { config, tables }: PostingRules): ReadonlyArray<string> => {
  if (typeof selector === "string") return selector.includes("{") ? [] : [selector]
  const declaration = config.mapping.tables?.[selector.table]
  if (declaration === undefined) return []
  const table = readTable(selector.table, declaration, tables.get(selector.table))
  if (Result.isFailure(table)) return []
  const column = table.success.columns.indexOf(selector.column ?? "account")
  return table.success.rows.flatMap(({ cells }) => {
    const account = cells[column] ?? ""
    return account === "" ? [] : [account]
  })
}

/** Accounts that the pipeline credits and never debits, each with the rule that does. */
const realisedBy = (pipeline: PostingRules): ReadonlyMap<string, number> => {
  const on = (side: "debit" | "credit") =>
    pipeline.config.mapping.lines.flatMap((rule, index) =>
      rule.side === side ? accountsOf(rule.account, pipeline).map((account) => [account, index] as const) : []
    )
  const debited = new Set(on("debit").map(([account]) => account))
  return new Map(on("credit").filter(([account]) => !debited.has(account)))
}

/** What stands under `source.with.stores`; undefined where the pipeline reads them all. */
const storesOf = ({ config }: PostingRules): ReadonlyArray<unknown> | undefined => {
  const settings: unknown = config.source.with
  const stores: unknown =
    typeof settings === "object" && settings !== null ? Reflect.get(settings, "stores") : undefined
  return Array.isArray(stores) && stores.length > 0 ? stores : undefined
}

const overlap = (one: PostingRules, other: PostingRules): boolean => {
  const [mine, theirs] = [storesOf(one), storesOf(other)]
  return mine === undefined || theirs === undefined || mine.some((store) => theirs.includes(store))
}

const fixedCompany = ({ config }: PostingRules): string | undefined => {
  const { company } = config.mapping
  return typeof company === "string" && !company.includes("{") ? company : undefined
}

/** Whether both may post the same sale to the same books. */
const meet = (one: PostingRules, other: PostingRules): boolean => {
  const [mine, theirs] = [fixedCompany(one), fixedCompany(other)]
  return (
    one.config.source.connection === other.config.source.connection &&
    one.config.sink.connection === other.config.sink.connection &&
    (mine === undefined || theirs === undefined || mine === theirs) &&
    overlap(one, other)
  )
}

/**
 * A warning `plan/revenue-twice` for every two pipelines that read overlapping
 * stores of one connection, post to one company of one ledger, and both credit
 * an account that neither of them debits.
 *
 * Crediting is the side of revenue and of tax. A pipeline that also debits the
 * account releases there what it or the other one set down, as an invoice
 * releases deferred revenue; and a pipeline of credit notes has revenue on the
 * debit side. Accounts that a field of the document names are not known here.
 */
export const revenueTwice = (pipelines: ReadonlyArray<PostingRules>): ReadonlyArray<ConfigIssue> => {
  const realised = new Map(pipelines.map((pipeline) => [pipeline, realisedBy(pipeline)] as const))
  return pipelines.flatMap((pipeline, index) =>
    pipelines.slice(0, index).flatMap((earlier): ReadonlyArray<ConfigIssue> => {
      const theirs = realised.get(earlier)
      const both = [...(realised.get(pipeline) ?? [])].filter(([account]) => theirs?.has(account) === true)
      const [first] = both
      if (first === undefined || !meet(earlier, pipeline)) return []
      const accounts = both.map(([account]) => account).toSorted()
      const { config, yaml } = pipeline
      return [
        issueAt(yaml.file, yaml.locate(["mapping", "lines", first[1], "account"]), {
          code: "plan/revenue-twice",
          severity: "warning",
          message: `${earlier.config.name} and ${config.name} read the same sales from ${config.source.connection}, and both credit ${accounts.length === 1 ? "account" : "accounts"} ${accounts.join(", ")}: the same sale would be posted twice. Let one of them credit an account for deferred revenue that the other debits, or give each stores of its own.`
        })
      ]
    })
  )
}
