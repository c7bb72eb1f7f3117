/**
 * columns: tables that line up, without lines.
 */
import Table from "cli-table3"
import { styled } from "./styled.ts"

const plain = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  "
}

/** Aligned columns without lines; `right` names the columns of figures. An empty `head` leaves the heading out. */
export const columns = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  right: ReadonlyArray<number> = []
): string => {
  const width = Math.max(head.length, ...rows.map((row) => row.length))
  const table = new Table({
    chars: plain,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    colAligns: Array.from({ length: width }, (_, index) => (right.includes(index) ? "right" : "left"))
  })
  if (head.length > 0) table.push(head.map((title) => styled("dim", title)))
  for (const row of rows) table.push([...row])
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
}

/** Each line moved two blanks to the right. */
export const indented = (text: string) =>
  text
    .split("\n")
    .map((line) => (line === "" ? "" : `  ${line}`))
    .join("\n")
