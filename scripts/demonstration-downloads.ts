import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { TerminalSetup } from '../emulator/page/protocol.ts'
import type { Provision } from '../host-link/host/provision.ts'
import { toHex } from '../keys/hex.ts'
import { CommandError, sentence } from './command-error.ts'
import type { DemonstrationService } from './demonstration-service.ts'
import { developmentTrust } from './release/development.ts'

/** Paths of the download service on the emulator's server. `desk`: below it is what the panel of the page asks for. */
export const downloadPaths = {
  mqtt: '/mqtt',
  api: '/api/v1/',
  objects: '/objects/',
  console: '/tms/',
  desk: '/api/download/',
} as const

export interface DemonstrationOptions {
  /** File of the host's books: the service has a file of its own beside it, and keys for development in a folder. */
  readonly db: string
  readonly provisions: readonly Provision[]
  /** Secret of a terminal's identity for development, from which its password is derived. */
  readonly secretOf: (serial: string) => Uint8Array
  /** Names by which browsers may ask, as the page's own. */
  readonly names: readonly string[]
  /** Where this server can be asked, `http://127.0.0.1:8080`. */
  readonly url: string
  readonly warn: (line: string) => void
}

/** 下载服务 of the emulator, with keys for development: nothing that they sign may be taken by a terminal that takes money. */
export interface DemonstrationDownloads {
  /** What a terminal of the page has to know of it. */
  tmsOf(serial: string): NonNullable<TerminalSetup['tms']>
  /** True when the request was for the service, its console page or the panel. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  /** True when a WebSocket is for the broker; that its page is one of ours is known already. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  close(): Promise<void>
}

/** Nothing but its keys is there before somebody asks for something; the service starts then. */
export function demonstrationDownloads(options: DemonstrationOptions): DemonstrationDownloads {
  const { db, secretOf } = options
  const trust = developmentTrust(join(dirname(db), 'tms', 'development'), random)
  let running: Promise<DemonstrationService> | undefined
  let closed = false
  // Its modules as well are loaded only for who uses it.
  async function begin(): Promise<DemonstrationService> {
    const { startDemonstration } = await import('./demonstration-service.ts')
    return startDemonstration({ ...options, trust, passwordOf: (serial) => passwordOf(secretOf(serial)) })
  }
  function started(): Promise<DemonstrationService> {
    if (closed) return Promise.reject(new CommandError('emulator: the download service has ended.'))
    const now = running ?? begin()
    running = now
    now.catch(() => {
      if (running === now) running = undefined // what failed is tried anew with the next request
    })
    return now
  }
  return {
    tmsOf: (serial) => ({
      path: downloadPaths.mqtt,
      tenant: trust.tenant,
      password: toHex(passwordOf(secretOf(serial))),
      root: toHex(trust.root),
      objectsPath: '',
      deskPath: `${downloadPaths.desk}${serial}`,
    }),
    async handle(request, response) {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
      if (!isOurs(path)) return false
      return (await started()).handle(request, response)
    },
    upgrade(request, socket, head) {
      if ((request.url ?? '/').split('?', 1)[0] !== downloadPaths.mqtt) return false
      started().then(
        (service) => void service.upgrade(request, socket, head),
        (error: unknown) => {
          options.warn(`download service: ${sentence(error)}`)
          socket.destroy()
        },
      )
      return true
    },
    async close() {
      closed = true
      const last = await running?.catch(() => undefined)
      await last?.close()
    },
  }
}

function isOurs(path: string): boolean {
  const { api, objects, console, desk } = downloadPaths
  return (
    path === console.slice(0, -1) || [api, objects, console, desk].some((below) => path.startsWith(below))
  )
}

const PURPOSE = 'shuaka demonstration broker 1'

/** 32 hex digits in ASCII. */
function passwordOf(secret: Uint8Array): Uint8Array {
  const digits = createHmac('sha256', secret).update(PURPOSE).digest('hex').slice(0, 32)
  return Uint8Array.from(digits, (letter) => letter.charCodeAt(0))
}

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
