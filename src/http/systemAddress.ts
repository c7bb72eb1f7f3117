/**
 * systemAddress: the address of a system, without what may change about it.
 *
 * Host, port and path of a URL, without the scheme and a final slash. A local
 * sandbox gets another port at each start, and is the same one all the same.
 */

/** `url` must be a valid one; `insecure` leaves its port out. */
export const systemAddress = (url: string, options: { readonly insecure: boolean }): string => {
  const { host, hostname, pathname } = new URL(url)
  return `${options.insecure ? hostname : host}${pathname.replace(/\/+$/u, "")}`
}
