import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { startEmulator } from '../../../scripts/emulator.ts'
import { CHROMIUM_FLAGS, findChromium } from '../../../scripts/setup-chromium.ts'

/** The Chromium of this machine, or the reason why there is none, for the title of what is skipped then. */
export const chromiumPath = findChromium()
export const needsChromium =
  chromiumPath === undefined
    ? ' (skipped: no Chromium; install it or set SHUAKA_CHROMIUM to its program)'
    : ''

/** How long a thing on the page may take to appear. */
const SEEN_MS = 25_000

/** The emulator as `npm start` serves it, in a real browser, with books of its own. */
export interface Bench {
  readonly page: Page
  readonly context: BrowserContext
  readonly url: string
  /** Of its books and identities. */
  readonly folder: string
  /** Everything the console and the page itself complained of. */
  readonly complaints: readonly string[]
  /** Waits until the screen has `pattern` in it. */
  sees(pattern: RegExp): Promise<void>
  screen(): Promise<string>
  receipt(): Promise<string>
  /** Waits until the wire log has `pattern` in it. */
  logs(pattern: RegExp): Promise<void>
  /** Types on the computer's keyboard. */
  type(keys: string): Promise<void>
  /** Presses keys of the terminal with the mouse. */
  click(...keys: string[]): Promise<void>
  close(): Promise<void>
}

export interface BenchOptions {
  /** Parameters of the terminal beside those of the demonstration. */
  readonly parameters?: { readonly [name: string]: unknown }
  readonly testFaults?: boolean
  readonly viewport?: { readonly width: number; readonly height: number }
}

/** Starts host, page and browser; the terminal has reached its idle screen. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-page-'))
  const emulator = await startEmulator({
    port: 0,
    db: join(folder, 'host.db'),
    provision: [provisionFile(folder, options.parameters ?? {})],
    testFaults: options.testFaults ?? false,
  })
  const browser: Browser = await chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: [...CHROMIUM_FLAGS],
  })
  const context = await browser.newContext({ viewport: options.viewport ?? { width: 1280, height: 800 } })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(emulator.url)

  const text = async (id: string): Promise<string> => (await page.getByTestId(id).textContent()) ?? ''
  async function has(id: string, pattern: RegExp): Promise<void> {
    const by = Date.now() + SEEN_MS
    while (!pattern.test(await text(id))) {
      if (Date.now() > by) throw new Error(`${id} has no ${pattern}:\n${await text(id)}`)
      await page.waitForTimeout(50)
    }
  }
  const bench: Bench = {
    page,
    context,
    url: emulator.url,
    folder,
    complaints,
    sees: (pattern) => has('screen', pattern),
    screen: () => text('screen'),
    receipt: () => text('receipt'),
    logs: (pattern) => has('wire-log', pattern),
    async type(keys) {
      for (const key of keys) await page.keyboard.press(key)
    },
    async click(...keys) {
      for (const key of keys) await page.getByTestId(`key-${key}`).click()
    },
    async close() {
      await browser.close()
      await emulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await bench.sees(/请刷卡或选功能|有新服务信息/)
  return bench
}

/** The demonstration mall, with other parameters. */
function provisionFile(folder: string, parameters: { readonly [name: string]: unknown }): string {
  const demo = readFileSync(new URL('../../../scripts/demo/mall.json', import.meta.url), 'utf8')
  const provision = JSON.parse(demo)
  const file = join(folder, 'mall.json')
  writeFileSync(
    file,
    JSON.stringify({ ...provision, parameters: { ...provision.parameters, ...parameters } }),
  )
  return file
}
