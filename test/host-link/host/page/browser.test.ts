import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DayAnswer, PageLine } from '../../../../host-link/host/page/api.ts'
import { yuan } from '../../../../host-link/host/page/shown.ts'
import { CHROMIUM_FLAGS } from '../../../../scripts/setup-chromium.ts'
import { chromiumPath, needsChromium } from '../../../emulator/page/browser.ts'
import { DAY, HOSTILE, MERCHANT } from './demo-day.ts'
import { type Served, served } from './served.ts'

const STORE = '0012'
const HOSTILE_STORE = '0013'

describe.skipIf(chromiumPath === undefined)(`the host's page in a real browser${needsChromium}`, () => {
  let books: Served
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  const foreign: string[] = []
  beforeAll(async () => {
    books = await served({ sales: 60, before: 1, cleared: [DAY], hostileStore: HOSTILE_STORE })
    browser = await chromium.launch({
      ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
      args: [...CHROMIUM_FLAGS],
    })
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    page = await context.newPage()
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(books.page.url)) foreign.push(request.url())
    })
    await page.goto(books.page.url)
  })
  afterAll(async () => {
    await browser?.close()
    await books?.close()
  })
  const text = async (id: string): Promise<string> => (await page.getByTestId(id).first().textContent()) ?? ''
  const lines = async (): Promise<readonly PageLine[]> => {
    const day: DayAnswer = (await books.ask(`day?date=${DAY}`)).json
    return day.merchants.flatMap((merchant) => merchant.lines)
  }

  test('from the month to a transaction by links alone: each step shows the fen of `shuaka host report --json`', async () => {
    const stores = await books.report('stores', DAY)
    const reported = stores.find((row) => row.store === STORE)
    await page.getByTestId(`day-${DAY}`).click()
    await page.getByTestId(`store-${STORE}`).waitFor()
    for (const row of stores)
      if (row.store !== '') expect(await text(`store-${row.store}`)).toContain(yuan(Number(row.net_fen)))
    expect(await text('check')).toMatch(/一致，分文不差/)

    await page.getByTestId(`store-${STORE}`).getByRole('link').click()
    await page.getByTestId('agrees').waitFor()
    expect(await text('agrees')).toContain('逐笔合计与清算一致')
    expect(await page.getByRole('main').textContent()).toContain(yuan(Number(reported?.net_fen)))
    const rows = (await books.report('reconciliation', DAY)).filter(
      (row) => row.party_number === STORE && Number(row.net_fen) > 0,
    )
    const [first] = rows
    const sequence = Number(String(first?.reference).slice(4))

    await page.getByTestId(`entry-${sequence}`).getByRole('link').click()
    await page.getByTestId('shares').waitFor()
    expect(await text('shares')).toContain(yuan(Number(first?.net_fen)))
    expect(await text('shares')).toContain(yuan(Number(first?.fee_fen)))
    expect(await page.getByRole('main').textContent()).toContain(String(first?.reference))
    expect(await page.getByRole('main').textContent()).toContain(String(first?.card))
  })

  test('back, and back again: where one came from', async () => {
    await page.goBack()
    await page.getByTestId('agrees').waitFor()
    await page.goBack()
    await page.getByTestId('check').first().waitFor()
    await page.goBack()
    await page.getByTestId('month').waitFor()
    expect(await text('month')).toBe('2026-11')
  })

  test('a store whose name is HTML → its name is shown as it was written, and nothing of it runs', async () => {
    await page.goto(`${books.page.url}#/day/2026-11-20`)
    await page.getByTestId(`store-${HOSTILE_STORE}`).waitFor()
    expect(await text(`store-${HOSTILE_STORE}`)).toContain(HOSTILE)
    await page.getByTestId(`store-${HOSTILE_STORE}`).getByRole('link').click()
    await page.getByTestId('agrees').waitFor()
    expect(await page.locator('h1').textContent()).toContain(HOSTILE)
    expect(await page.locator('main img, main h1 b').count()).toBe(0)
    expect(await page.title()).not.toBe('1')
  })

  test('a day that is not cleared 未清算: marked in the month and on the day, with the command that clears it', async () => {
    await page.goto(`${books.page.url}#/calendar/2026-11`)
    await page.getByTestId('day-20261119').waitFor()
    expect(await text('day-20261119')).toContain('未清算')
    expect(await text(`day-${DAY}`)).toContain('已清算')
    await page.goto(`${books.page.url}#/day/2026-11-19`)
    await page.getByTestId('not-cleared').waitFor()
    expect(await text('not-cleared')).toContain('shuaka host clear --date 2026-11-19')
  })

  test('money in suspense 待处理 stands in its own red rows, and is a part of the total', async () => {
    await page.goto(`${books.page.url}#/day/2026-11-20`)
    await page.getByTestId('check').first().waitFor()
    const suspense = (await lines()).filter(
      ({ party, merchant }) => party === 'suspense' && merchant === MERCHANT,
    )
    expect(await page.locator('tr.suspense').count()).toBe(new Set(suspense.map(({ name }) => name)).size)
  })

  test('a bar of the chart: pointed at, its figure stands above; the same figures are in a table', async () => {
    await page.goto(`${books.page.url}#/calendar/2026-11`)
    await page.locator('.u-over').waitFor()
    const box = await page.locator('.u-over').boundingBox()
    const day: DayAnswer = (await books.ask(`day?date=${DAY}`)).json
    // The 20th of 30 days.
    await page.mouse.move((box?.x ?? 0) + ((box?.width ?? 0) * 19.6) / 30.2, (box?.y ?? 0) + 40)
    await expect.poll(() => page.locator('.chart figcaption').textContent()).toContain(yuan(day.settleFen))
    expect(await page.locator('.chart details').textContent()).toContain(
      `2026-11-20${day.entries}${yuan(day.settleFen)}`,
    )
    await page.mouse.click((box?.x ?? 0) + ((box?.width ?? 0) * 19.6) / 30.2, (box?.y ?? 0) + 40)
    await page.getByTestId('check').first().waitFor()
  })

  test('by keyboard alone: tab to a day, Enter, and what is read next is that day', async () => {
    await page.goto(`${books.page.url}#/calendar/2026-11`)
    await page.getByTestId(`day-${DAY}`).waitFor()
    for (let tab = 0; tab < 20; tab++) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))
      if (at === `day-${DAY}`) break
    }
    await page.keyboard.press('Enter')
    await page.getByTestId('check').first().waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  })

  test('English: kept for the next visit, no Chinese left but names; and back', async () => {
    await page.getByTestId('language').click()
    await page.reload()
    await page.getByTestId('check').first().waitFor()
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
    expect(await text('check')).toMatch(/Three-way check.*equal, to the fen/)
    await page.goto(`${books.page.url}#/reports/merchant/date/2026-11-20`)
    await page.getByTestId('report').waitFor()
    expect(await page.locator('main').textContent()).not.toMatch(/[\u4e00-\u9fff]/)
    await page.getByTestId('language').click()
  })

  test('a report is downloaded as the command writes it', async () => {
    await page.goto(`${books.page.url}#/reports/stores/date/2026-11-20`)
    await page.getByTestId('report').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('shuaka-stores-20261120.csv')
  })

  test('390 wide and 1280 wide: nothing is wider than the screen, in any view and language', async () => {
    const views = [
      ...['calendar/2026-11', 'day/2026-11-20', `entries/2026-11-20/${MERCHANT}/store/${STORE}`, 'terminals'],
      ...['entry/40', 'reports/reconciliation/date/2026-11-20', 'reports/merchant/month/2026-11', 'day/none'],
    ]
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      for (const view of views) {
        await page.goto(`${books.page.url}#/${view}`)
        await page.locator('main h1').first().waitFor()
        await page.waitForTimeout(60)
        const over = await page.evaluate(() => {
          const root = document.documentElement
          return root.scrollWidth - root.clientWidth
        })
        expect([width, view, over]).toEqual([width, view, 0])
      }
    }
  })

  test('the server is gone → one sentence that says what to do', async () => {
    await page.route('**/api/**', (route) => route.abort())
    await page.goto(`${books.page.url}#/terminals`)
    await page.getByTestId('refresh').click()
    await page.getByTestId('error').waitFor()
    expect(await text('error')).toMatch(/^连不上主机的网页服务。/)
    await page.unroute('**/api/**')
    await page.getByTestId('refresh').click()
    await page.getByTestId('terminal-10000001').waitFor()
  })

  test('nothing was asked from elsewhere, and nothing was complained of but the date that is none', () => {
    expect(foreign).toEqual([])
    expect(complaints.filter((line) => !/400|ERR_FAILED/.test(line))).toEqual([])
  })
})
