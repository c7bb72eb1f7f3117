/**
 * styled: colours and weights, only on a terminal; `NO_COLOR` is respected.
 */
import { styleText } from "node:util"

/** Text in a colour or weight, where the terminal shows it. */
export const styled = (style: "bold" | "dim" | "red" | "yellow" | "green" | "cyan", text: string) =>
  styleText(style, text, { stream: process.stdout })
