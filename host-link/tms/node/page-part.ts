import type { ServerResponse } from 'node:http'
import sirv from 'sirv'
import { isHidden, ourHost, setGuards } from '../../../scripts/page-guard.ts'
import type { HttpPart } from './server.ts'

export interface PagePartOptions {
  /** The built page (`scripts/build-page.ts`). */
  readonly folder: string
  /** Names by which browsers may ask, beside `localhost` and addresses. */
  readonly names?: readonly string[]
  /** Where the page is, '/' when not given: '/tms/' beside other pages. It ends in '/'. */
  readonly path?: string
}

/** What paths are read against. */
const PAGE = 'http://page'

/** Nothing from elsewhere, no script or style in the text of the page, no frame, no form that leaves it. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"],
].join('; ')

/** The console page of the service 控制台, as files: GET below its path; what is not there is left to others. */
export function pagePart({ folder, names = [], path = '/' }: PagePartOptions): HttpPart {
  const files = sirv(folder, { dev: true, etag: true })
  return async (request, response) => {
    const { method = '', url = '/' } = request
    if (!['GET', 'HEAD'].includes(method) || !URL.canParse(url, PAGE)) return false
    const { pathname } = new URL(url, PAGE)
    if (path !== '/' && pathname === path.slice(0, -1)) return sent(response, 308, path)
    if (!pathname.startsWith(path) || isHidden(pathname)) return false
    const host = ourHost(request, ['localhost', ...names])
    if (host === undefined) return sent(response, 403)
    const below = pathname.slice(path.length - 1)
    setGuards(response, host)
    response.setHeader('content-security-policy', POLICY)
    response.setHeader('referrer-policy', 'no-referrer')
    request.url = below
    const found = await new Promise<boolean>((resolve) => {
      response.once('close', () => resolve(true))
      files(request, response, () => resolve(false))
    })
    request.url = url
    return found
  }
}

function sent(response: ServerResponse, status: number, location?: string): true {
  response.writeHead(status, location === undefined ? {} : { location }).end()
  return true
}
