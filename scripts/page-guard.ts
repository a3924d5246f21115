import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'

/**
 * Host and port by which a request names this server, in lower case, or undefined for a name that is not ours: a page
 * of another name that was made to resolve to this machine (DNS rebinding) gets no keys. Addresses are always good,
 * as no other site can have a page under them; `names` are the names that are.
 */
export function ourHost({ headers }: IncomingMessage, names: readonly string[]): string | undefined {
  const host = (headers.host ?? '').toLowerCase()
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/.exec(host)
  const [, bracketed = '', name = ''] = match ?? []
  const isAddress = isIP(bracketed) === 6 || isIP(name) === 4
  return isAddress || names.some((ours) => ours.toLowerCase() === name) ? host : undefined
}

/** Whether a path has a part that begins with a dot, also a written one (`%2e`): no page has such files. */
export function isHidden(pathname: string): boolean {
  try {
    return /(^|[/\\])\./.test(decodeURIComponent(pathname))
  } catch {
    return true // what cannot be read is not looked for
  }
}

/** `host` is of `ourHost`: nothing in it ends a directive. `sockets`: WebSockets elsewhere that the page may open. */
export function setGuards(response: ServerResponse, host: string, sockets: readonly string[] = []): void {
  response.setHeader('content-security-policy', policy(host, sockets))
  response.setHeader('x-content-type-options', 'nosniff')
}

/**
 * Nothing comes from elsewhere or goes there, and no other page shows ours in a frame; styles in elements are how the
 * glass is drawn. Not every browser takes 'self' for the WebSockets of this host.
 */
function policy(host: string, sockets: readonly string[]): string {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    ['connect-src', "'self'", `ws://${host}`, ...sockets].join(' '),
    "img-src 'self' data: blob:",
    "frame-ancestors 'none'",
  ].join('; ')
}
