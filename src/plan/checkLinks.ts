/**
 * checkLinks: who sees to it that a customer whom a look-up asks for is linked.
 */
import { type ConfigIssue, issueAt } from "../config/ConfigIssue.ts"
import type { YamlFile } from "../config/parseYaml.ts"
import type { PipelineConfig } from "../config/pipelineSchema.ts"
import type { CustomersPipeline } from "./Plan.ts"
import { linksAsked } from "./planLookUps.ts"

/**
 * Look-ups by links that nobody in this folder makes. A warning: another service may, over the same database and
 * with the same names of connections.
 */
export const checkLinks = (
  { config, yaml }: { readonly yaml: YamlFile; readonly config: PipelineConfig },
  customers: ReadonlyArray<
    Pick<CustomersPipeline, "sourceConnection" | "sinkConnection" | "people" | "settings">
  >
): ReadonlyArray<ConfigIssue> =>
  config.lookups.flatMap((lookUp, index) =>
    linksAsked(lookUp).flatMap((people): ReadonlyArray<ConfigIssue> => {
      const [from, to] = [config.source.connection, lookUp.connection]
      const whom = people === "guests" ? "guests" : "customers"
      const between = (source: string, sink: string) =>
        customers.filter(
          (one) => one.people === people && one.sourceConnection === source && one.sinkConnection === sink
        )
      const is = (source: string, sink: string) => between(source, sink).length > 0
      const issue = (key: string, code: string, message: string) =>
        issueAt(yaml.file, yaml.locate(["lookups", index, key], "key"), {
          code,
          severity: "warning",
          message
        })
      if (!is(from, to) && !is(to, from)) {
        return [
          issue(
            "match",
            "plan/nobody-links",
            `No pipeline in this folder keeps ${whom} of ${from} and ${to} the same, so that none is linked unless another service over the same database does. Add one with a customers section.`
          )
        ]
      }
      const creates = between(from, to).some(({ settings }) => settings.create)
      if (lookUp.missing === "wait" && !creates) {
        return [
          issue(
            "missing",
            "plan/nobody-creates",
            `No pipeline in this folder creates ${whom} of ${from} in ${to}: a document waits until somebody does by hand. Say create: true in the pipeline of ${whom}; or missing: create, which creates only those whom a document needs.`
          )
        ]
      }
      return lookUp.missing !== "create" || is(from, to)
        ? []
        : [
            issue(
              "missing",
              "plan/nobody-creates",
              `No pipeline in this folder brings ${whom} from ${from} to ${to}, so that none is created there. Add one, with create: false if only those who buy should be; or say missing: wait.`
            )
          ]
    })
  )
