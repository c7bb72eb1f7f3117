/**
 * comparable: when two texts say the same of a customer.
 */

/** What decides how a value is compared: the last part of its key. */
const kindOf = (key: string) => key.slice(key.lastIndexOf(":") + 1)

/** The text without what makes no difference, such as the spaces in a VAT number. */
export const comparable = (key: string, text: string): string => {
  const plain = text.normalize("NFKC").trim().replace(/\s+/gu, " ")
  switch (kindOf(key)) {
    case "email":
      return plain.toLowerCase()
    case "vatNumber":
      return plain.replace(/[^\p{L}\p{N}]/gu, "").toUpperCase()
    case "phone":
      return plain.replace(/[^\d+]/gu, "")
    case "postcode":
      return plain.replace(/\s/gu, "").toUpperCase()
    case "search":
      return plain.toLowerCase()
    // One system has languages, the other those of a country: `de` and `de_DE`.
    case "language":
      return (plain.split(/[-_]/u)[0] ?? plain).toLowerCase()
    default:
      return plain
  }
}

/** Whether two values say the same; none equals only none. */
export const saysTheSame = (key: string, a: string | null, b: string | null): boolean =>
  a === null || b === null ? a === b : comparable(key, a) === comparable(key, b)

/** Shorter than this, a text that another one begins with says little about where it comes from. */
const tellingLength = 6

const bare = (text: string) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "")

const isCutOff = (sent: string, held: string) =>
  held === sent || (held.length >= tellingLength && sent.startsWith(held))

/**
 * Whether a system that was sent one text may hold the other: cut off, in other
 * letters, or without its punctuation. What a person types instead is none of
 * these.
 */
export const mayBeStoredAs = (sent: string, held: string): boolean => isCutOff(bare(sent), bare(held))
