/** What our tests use of oauth-sign, which brings no types. */
declare module "oauth-sign" {
  export const rfc3986: (text: string) => string
  export const hmacsign: Sign
  export const hmacsign256: Sign
  type Sign = (
    method: string,
    url: string,
    parameters: Readonly<Record<string, string>>,
    consumerSecret: string,
    tokenSecret: string
  ) => string
}
