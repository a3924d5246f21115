import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { UserRole } from '../../../../host-link/tms/access.ts'
import { facesSchema } from '../../../../host-link/tms/node/api-schema.ts'
import { apiPart } from '../../../../host-link/tms/node/api-server.ts'
import { pagePart } from '../../../../host-link/tms/node/page-part.ts'
import { insertUser, makeVerifier } from '../../../../host-link/tms/node/people.ts'
import { startTms, type TmsServer } from '../../../../host-link/tms/node/server.ts'
import type {
  SimulatedOptions,
  SimulatedTerminal,
} from '../../../../host-link/tms/node/simulated-terminal.ts'
import { indexOf } from '../../../../host-link/tms/payload.ts'
import { writeSignedFile } from '../../../../host-link/tms/release-file.ts'
import { signedBytes } from '../../../../host-link/wire/tms/envelope.ts'
import { encodeRelease } from '../../../../host-link/wire/tms/release.ts'
import { buildTmsPage, TMS_PAGE_FOLDER } from '../../../../scripts/build-page.ts'
import { CHROMIUM_FLAGS } from '../../../../scripts/setup-chromium.ts'
import { chromiumPath } from '../../../emulator/page/browser.ts'
import { COST, PASSWORD, programKeys, testRoot } from '../node/api-rig.ts'
import { newTerminal, seconds, TENANT, terminalAt, testSigners } from '../node/rig.ts'

/** The people of the tests; all have the password `PASSWORD`. */
export const PEOPLE = {
  anna: 'releaser',
  bert: 'approver',
  olga: 'operator',
  adam: 'administrator',
  vera: 'viewer',
} as const satisfies { readonly [name: string]: UserRole }
export type Person = keyof typeof PEOPLE

/** The service with its page, broker, worker and database of its own; terminals are simulated. */
export interface TmsBench {
  readonly server: TmsServer
  readonly url: string
  readonly faults: readonly string[]
  /** Adds terminals and lets them connect. */
  terminals(
    serials: readonly string[],
    asset?: Parameters<typeof newTerminal>[1],
    change?: Partial<SimulatedOptions>,
  ): Promise<readonly SimulatedTerminal[]>
  close(): Promise<void>
}

export async function tmsBench(): Promise<TmsBench> {
  await buildTmsPage()
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-tms-page-'))
  const faults: string[] = []
  const open: SimulatedTerminal[] = []
  const database = join(folder, 'tms.db')
  const server = await startTms({
    ...{ database, tenant: TENANT, signers: testSigners(), http: { host: '127.0.0.1', port: 0 } },
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0 },
    schemas: [facesSchema(database)],
    parts: (parts) => [
      apiPart(parts, {
        ...{ version: '0.1.0', scryptCost: COST, now: seconds, factoryRoot: testRoot() },
        policy: { parameters: 'shared', drift: 'keep' },
        warn: (line) => void faults.push(line),
      }),
      pagePart({ folder: TMS_PAGE_FOLDER }),
    ],
  })
  for (const [name, role] of Object.entries(PEOPLE)) {
    const verifier = await makeVerifier(new TextEncoder().encode(PASSWORD), COST)
    await server.database.write((query) =>
      insertUser(query, { name, role, mustChange: false }, verifier, seconds()),
    )
  }
  return {
    ...{ server, faults, url: `http://127.0.0.1:${server.httpPort}/` },
    async terminals(serials, asset = {}, change = {}) {
      await server.store.addTerminals(
        serials.map((serial) => newTerminal(serial, asset)),
        seconds(),
      )
      const fresh = serials.map((serial) =>
        terminalAt(server.mqttPort ?? 0, serial, { model: asset.model ?? 'A8', ...change }),
      )
      open.push(...fresh)
      return fresh
    },
    async close() {
      for (const terminal of open) terminal.close()
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())

/** The bytes of a release file whose payload has this many bytes. */
export function releaseBytes(version: string, number: number, payloadBytes: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(payloadBytes / 32) }, (_, at) =>
    sha256(Buffer.from(`${version} ${at}`)),
  )
  const payload = new Uint8Array(Buffer.concat(parts).subarray(0, payloadBytes))
  const names = ['terminal/main.ts', 'terminal/flow/sale.ts', 'terminal/journal/ring.ts', 'keys/slots.ts']
  const components = names.map((name, at) => ({
    ...{ name, length: 9_000 + 700 * at, hash: sha256(Buffer.from(`${version} ${name}`)) },
  }))
  const document = encodeRelease({
    ...{ tenant: TENANT, seq: number, created: 1, expires: 4_000_000_000, version, counter: 3 },
    models: ['A8', 'S10'],
    ...{ runtime: { min: 1, max: 1 }, parameterSchema: { min: 1, max: 1 }, components },
    journal: { readsMin: 1, readsMax: 2, writes: 2, reversible: true },
    program: {
      length: components.reduce((sum, { length }) => sum + length, 0),
      hash: sha256(Buffer.from(version)),
    },
    payloads: [{ base: null, size: payload.length, index: sha256(indexOf(payload, sha256)) }],
    flash: 400_000,
    policy: { class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: true },
    notice: { zh: '修复退货小票', en: 'Refund slip mended' },
    required: [],
  })
  const bytes = signedBytes('program', document)
  const signatures = programKeys.slice(0, 2).map(({ kid, sign }) => ({ kid, signature: sign(bytes) }))
  return new Uint8Array(writeSignedFile({ role: 'program', document, signatures, objects: [payload] }))
}

/** The page in a real browser. */
export interface TmsBrowser {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors and warnings of the console and of the page, without those of refused requests. */
  readonly complaints: readonly string[]
  /** Addresses that were asked for elsewhere than at the service. */
  readonly strangers: readonly string[]
  logIn(name: Person): Promise<void>
  logOut(): Promise<void>
  text(id: string): Promise<string>
  /** Waits until this is on the page. */
  sees(text: string | RegExp): Promise<void>
  close(): Promise<void>
}

export async function openTmsBrowser(
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<TmsBrowser> {
  const browser = await chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: [...CHROMIUM_FLAGS],
  })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  const strangers: string[] = []
  page.on('console', (message) => {
    // What the service refuses is said by the browser too; the page says it where it was asked.
    const refused = /Failed to load resource: the server responded with a status of 4\d\d/
    if (['error', 'warning'].includes(message.type()) && !refused.test(message.text()))
      complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) strangers.push(request.url())
  })
  await page.goto(url)
  await page.getByTestId('log-in-name').waitFor()
  return {
    ...{ page, context, complaints, strangers },
    async logIn(name) {
      await page.getByTestId('log-in-name').fill(name)
      await page.getByTestId('log-in-password').fill(PASSWORD)
      await page.getByTestId('log-in-go').click()
      await page.getByTestId('me').waitFor()
    },
    async logOut() {
      await page.getByTestId('log-out').click()
      await page.getByTestId('log-in-name').waitFor()
    },
    text: async (id) => (await page.getByTestId(id).first().textContent()) ?? '',
    sees: (text) => page.getByText(text).first().waitFor(),
    close: () => browser.close(),
  }
}
