import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core'
import { openStation } from '../../../../keys/station/open.ts'
import type { Station, StationOptions } from '../../../../keys/station/station.ts'
import { buildStationPage, STATION_PAGE_FOLDER } from '../../../../scripts/build-page.ts'
import { type StationPage, startStationPage } from '../../../../scripts/keys-station-page.ts'
import { CHROMIUM_FLAGS } from '../../../../scripts/setup-chromium.ts'
import { chromiumPath } from '../../../emulator/page/browser.ts'
import { type Clock, fresh } from '../rig.ts'

/** A station with its page served, in a folder of its own. */
export interface StationBench {
  readonly station: Station
  readonly page: StationPage
  /** Without the word that opens it. */
  readonly origin: string
  readonly folder: string
  readonly clock: Clock
  close(): Promise<void>
}

export interface BenchOptions {
  readonly station?: Partial<StationOptions>
  /** Milliseconds since 1970; the machine's own time where it is not given. */
  readonly startMs?: number
}

export async function stationBench({
  station: more = {},
  startMs = Date.now(),
}: BenchOptions = {}): Promise<StationBench> {
  await buildStationPage()
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-station-page-'))
  const clock: Clock = { ms: startMs }
  const time = { nowMs: () => clock.ms }
  const station = await openStation(folder, { clock: time, random: fresh, scryptCost: 2, ...more })
  const page = await startStationPage({
    ...{ station, web: '127.0.0.1:0', folder: STATION_PAGE_FOLDER, clock: time, random: fresh },
  })
  return {
    ...{ station, page, folder, clock, origin: new URL(page.url).origin },
    async close() {
      await page.close()
      await station.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The page in a real browser, and all that went out of it. */
export interface StationBrowser {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors and warnings of the console and of the page. */
  readonly complaints: readonly string[]
  /** Everything that was written to the console. */
  readonly said: readonly string[]
  readonly requests: readonly Request[]
  /** Bodies of answers, as text. */
  answers(): Promise<string>
  /** Types into the blind field that has the focus, and presses Enter. */
  blind(text: string): Promise<void>
  next(): Promise<string>
  close(): Promise<void>
}

export async function openBrowser(
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<StationBrowser> {
  const browser = await chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: [...CHROMIUM_FLAGS],
  })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  const said: string[] = []
  const requests: Request[] = []
  const bodies: Promise<string>[] = []
  page.on('console', (message) => {
    said.push(message.text())
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => requests.push(request))
  page.on('response', (response) => bodies.push(response.text().catch(() => '')))
  await page.goto(url)
  await page.getByTestId('next').waitFor()
  return {
    ...{ page, context, complaints, said, requests },
    answers: async () => (await Promise.all(bodies)).join('\n'),
    async blind(text) {
      // Empty and with the focus: the field before it may still be there.
      await page.waitForFunction(() => {
        const count = document.querySelector('[data-testid="blind-count"]')?.textContent ?? ''
        const active = document.activeElement
        return active instanceof HTMLElement && active.dataset.testid === 'blind' && /(^|\D)0\D/.test(count)
      })
      await page.keyboard.type(text)
      await page.keyboard.press('Enter')
    },
    next: async () => (await page.getByTestId('next').textContent()) ?? '',
    close: () => browser.close(),
  }
}
