/**
 * checkCustomerStages: customers are read by a source of customers and written by a sink of customers, in another system.
 */
import { type ConfigIssue, issueAt } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PipelineConfig } from "../config/pipelineSchema.ts"

/** Stages that do not fit together; `sink` is what the sink takes, undefined where it is not known or not there. */
export const checkCustomerStages = (
  yaml: YamlFile,
  config: PipelineConfig,
  stages: {
    readonly readsCustomers: boolean
    /** Whether guests were to become accounts in a system like their own. */
    readonly isBack: boolean
    readonly sink: "entries" | "customers" | undefined
  }
): ReadonlyArray<ConfigIssue> => {
  const { customers, mapping, sink, source } = config
  const issue = (path: ReadonlyArray<PropertyKey>, code: string, message: string) =>
    issueAt(yaml.file, yaml.locate(path), { code, severity: "error", message })
  if (customers === undefined) {
    return stages.sink === "customers" && mapping !== undefined
      ? [
          issue(
            ["sink", "type"],
            "plan/takes-customers",
            `${sink?.type ?? ""} takes customers, not journal entries. Name a ledger; or write a customers section instead of the mapping.`
          )
        ]
      : []
  }
  return [
    ...(stages.readsCustomers
      ? []
      : [
          issue(
            ["source", "type"],
            "plan/reads-no-customers",
            `${source.type} reads no customers. Name a source of customers; or write a mapping instead of the customers section.`
          )
        ]),
    ...(stages.sink === "entries"
      ? [
          issue(
            ["sink", "type"],
            "plan/takes-no-customers",
            `${sink?.type ?? ""} takes journal entries, not customers. Name a sink of customers.`
          )
        ]
      : []),
    ...(stages.isBack
      ? [
          issue(
            ["sink", "type"],
            "plan/no-accounts-for-guests",
            `${sink?.type ?? ""} would give guests accounts that they did not ask for. Guests become customers of the ledger only: name a sink of customers there.`
          )
        ]
      : []),
    ...(sink !== undefined && sink.connection === source.connection
      ? [
          issue(
            ["sink", "connection"],
            "plan/same-system",
            `Source and sink are the same connection, ${sink.connection}. Customers are kept the same in two systems.`
          )
        ]
      : [])
  ]
}
