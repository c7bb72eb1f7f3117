/**
 * expectedOf: what a mapping writes down as questions to a ledger, with the places to point at.
 */
import type { YamlFile } from "../config/parseYaml.ts"
import type { WrittenMapping, WrittenValue } from "../mapping/writtenLines.ts"
import type { Expected } from "./Plan.ts"

/** Each line for each company. A complaint about the company points at where the company is written. */
export const expectedOf = (written: WrittenMapping, yaml: YamlFile): Expected => {
  const placeOf = ({ at, path }: Pick<WrittenValue, "at" | "path">) =>
    at === undefined
      ? { file: yaml.file, ...yaml.locate(["mapping", ...path]) }
      : { file: at.file, line: at.line, column: at.column ?? 1 }
  const lines = written.companies.flatMap((company) => written.lines.map((line) => ({ company, line })))
  return {
    lines: lines.map(({ company, line }) => ({
      company: company.value,
      account: line.account?.value,
      dimensions: Object.fromEntries(
        Object.entries(line.dimensions).map(([name, value]) => [name, value?.value])
      ),
      hasTaxCode: line.hasTaxCode
    })),
    locate: ({ about: [what = "", name = ""], line: index }) => {
      const line = index === undefined ? undefined : lines[index]?.line
      if (line !== undefined) {
        const value = what === "dimensions" ? line.dimensions[name] : line.account
        return placeOf(value ?? line.account ?? { path: [...line.path, what] })
      }
      return what === "company"
        ? placeOf(written.companies[0] ?? { path: ["company"] })
        : { file: yaml.file, ...yaml.locate(["sink", "with", what]) }
    }
  }
}
