/**
 * codeOnly: a TypeScript text with its comments and the content of its texts blanked.
 *
 * Lines and columns stay, so a match can be reported where it stands. Code
 * inside `${…}` of a template is code and stays too.
 */

const slashStartsRegex = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield))\s*$/u

const lengthOf = (rest: string, pattern: RegExp): number => pattern.exec(rest)?.[0].length ?? 1

const blank = (text: string) => text.replace(/[^\n]/gu, " ")

/** The text with everything but code replaced by blanks. */
export const codeOnly = (text: string): string => {
  let code = ""
  let position = 0
  /** Open braces inside each template that is open around us. */
  const templates: Array<number> = []
  const skip = (length: number) => {
    code += blank(text.slice(position, position + length))
    position += length
  }
  const template = () => {
    skip(lengthOf(text.slice(position), /^(?:\\[\s\S]|\$(?!\{)|[^\\`$])*/u))
    const ends = text[position] === "`"
    skip(ends ? 1 : 2)
    if (!ends) templates.push(0)
  }
  while (position < text.length) {
    const rest = text.slice(position, position + 2)
    const character = rest.slice(0, 1)
    const depth = templates.at(-1)
    if (rest === "/*") skip(lengthOf(text.slice(position), /^\/\*[\s\S]*?\*\//u))
    else if (rest === "//") skip(lengthOf(text.slice(position), /^[^\n]*/u))
    else if (character === '"') skip(lengthOf(text.slice(position), /^"(?:\\.|[^"\\\n])*"/u))
    else if (character === "'") skip(lengthOf(text.slice(position), /^'(?:\\.|[^'\\\n])*'/u))
    else if (character === "/" && slashStartsRegex.test(code.slice(-40)))
      skip(lengthOf(text.slice(position), /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//u))
    else if (character === "`") {
      skip(1)
      template()
    } else if (character === "}" && depth === 0) {
      templates.pop()
      skip(1)
      template()
    } else {
      if (depth !== undefined && character === "{") templates[templates.length - 1] = depth + 1
      if (depth !== undefined && character === "}") templates[templates.length - 1] = depth - 1
      code += character
      position += 1
    }
  }
  return code
}
