/**
 * agreeCustomers: two pipelines that keep the same customers the same, one in each direction, say the same about it.
 * Those of guests and those of who has an account stand beside each other.
 */
import { type ConfigIssue, issueAt } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { CustomerSettings, CustomersPipeline } from "./Plan.ts"
import { isSaid } from "./planCustomers.ts"

/** A pipeline with the file that it stands in. */
export interface PlacedCustomers {
  readonly yaml: YamlFile
  readonly pipeline: CustomersPipeline
}

const opposite = { source: "sink", sink: "source" } as const
const conflictsSeenFrom = (conflicts: CustomerSettings["conflicts"]): CustomerSettings["conflicts"] =>
  conflicts === "source-wins" ? "sink-wins" : conflicts === "sink-wins" ? "source-wins" : conflicts

/** What one pipeline says, in the words of the one the other way round. */
const mirrored = (settings: CustomerSettings) => ({
  ...settings,
  conflicts: conflictsSeenFrom(settings.conflicts),
  owners: new Map([...settings.owners].map(([field, owner]) => [field, opposite[owner]]))
})

const textOf = (setting: unknown): string =>
  JSON.stringify(setting instanceof Map ? Object.fromEntries([...setting].toSorted()) : setting)

/** Settings about which the two directions must say the same. */
const shared = ["conflicts", "owners", "addresses", "writesPerHour"] as const

/** The pipelines, those of both directions with the fields that both systems have; and where they contradict each other. */
export const agreeCustomers = (
  placed: ReadonlyArray<PlacedCustomers>
): { readonly pipelines: ReadonlyArray<CustomersPipeline>; readonly issues: ReadonlyArray<ConfigIssue> } => {
  const issues: Array<ConfigIssue> = []
  const pipelines = placed.map(({ pipeline, yaml }, index): CustomersPipeline => {
    const { people, settings, sinkConnection, sourceConnection } = pipeline
    const isTo = (from: string, to: string) => (other: PlacedCustomers) =>
      other.pipeline.people === people &&
      other.pipeline.sourceConnection === from &&
      other.pipeline.sinkConnection === to
    const report = (path: ReadonlyArray<PropertyKey>, code: string, message: string) =>
      void issues.push(issueAt(yaml.file, yaml.locate(path, "key"), { code, severity: "error", message }))
    const same = placed.slice(0, index).find(isTo(sourceConnection, sinkConnection))
    if (same !== undefined) {
      report(
        ["sink"],
        "plan/same-direction",
        `${same.yaml.file} brings ${people === "guests" ? "guests" : "customers"} from ${sourceConnection} to ${sinkConnection} already. Leave one of the two out.`
      )
    }
    const back = placed.find(isTo(sinkConnection, sourceConnection))
    if (back === undefined) return pipeline
    const theirs = mirrored(back.pipeline.settings)
    // Said once, in the file that comes second.
    if (placed.indexOf(back) < index) {
      for (const name of shared) {
        if (textOf(settings[name]) === textOf(theirs[name])) continue
        const wanted =
          name === "owners" || name === "conflicts" ? textOf(theirs[name]).replaceAll('"', "") : ""
        report(
          ["customers", name],
          "plan/contradicting",
          `${name} contradicts ${back.yaml.file}, which keeps the same customers the same the other way round. Say the same in both${wanted === "" ? "" : `: here that is ${wanted}`}.`
        )
      }
    }
    const fields = settings.fields.filter((field) => theirs.fields.includes(field))
    const lacking = settings.fields.filter((field) => !theirs.fields.includes(field))
    if (isSaid(yaml, "fields") && lacking.length > 0) {
      report(
        ["customers", "fields"],
        "plan/no-place",
        `${lacking.join(", ")} cannot be brought back: ${back.yaml.file} does not keep it the same, or ${sourceConnection} has no place for it. Say the same in both.`
      )
    }
    return { ...pipeline, settings: { ...settings, fields } }
  })
  return { pipelines, issues }
}
