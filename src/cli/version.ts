/**
 * version: of this build, from package.json.
 */
import packageJson from "../../package.json" with { type: "json" }

/** Semantic version. */
export const version: string = packageJson.version
