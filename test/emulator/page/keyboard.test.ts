import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, chromiumPath, needsChromium, openBench } from './browser.ts'

describe.skipIf(chromiumPath === undefined)(`the page by keyboard alone${needsChromium}`, () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(() => bench?.close())

  /** Moves the focus with Tab until it is on `id`. */
  async function tabTo(id: string): Promise<void> {
    for (let left = 40; left > 0; left--) {
      await bench.page.keyboard.press('Tab')
      if ((await focused()) === id) return
    }
    throw new Error(`Tab does not reach ${id}`)
  }
  const focused = () => bench.page.evaluate(() => document.activeElement?.getAttribute('data-testid'))

  test('Tab to a card, Space swipes it, PIN and Enter → 确认, not a second swipe: 交易成功', async () => {
    await bench.type('1')
    await bench.sees(/门店编号/)
    await bench.type('0012')
    await bench.page.keyboard.press('Enter')
    await bench.sees(/金额/)
    await bench.type('8880')
    await bench.page.keyboard.press('Enter')
    await bench.sees(/刷卡/)
    await tabTo('card-bank')
    await bench.page.keyboard.press('Space')
    await bench.sees(/密码/)
    await bench.type('123456')
    await bench.sees(/\*{6}/)
    expect(await focused()).toBe('card-bank')
    await bench.page.keyboard.press('Enter')
    await bench.sees(/交易成功/)
    await bench.sees(/请撕下商户存根/)
  })

  test('the hanging paper: it ends with print, not with what was fed after it', async () => {
    expect(await bench.receipt()).toMatch(/\S *\n$/)
    await bench.page.keyboard.press('Enter')
    await bench.sees(/请刷卡或选功能|有新服务信息/)
    expect(await bench.receipt()).toMatch(/持卡人存根[\s\S]*\S *\n$/)
  })

  test('the paper by keyboard: ↑ scrolls it, and a mouse on it takes no keys from the terminal', async () => {
    const paper = bench.page.getByTestId('receipt')
    await paper.click()
    expect(await focused()).not.toBe('receipt')
    await paper.focus()
    await bench.page.keyboard.press('ArrowUp')
    await expect.poll(() => paper.evaluate((element) => element.scrollTop)).toBeLessThan(0)
  })

  test('the tabs: one stop of Tab, → and ← go round them', async () => {
    await bench.page.getByTestId('tab-wire').focus()
    await bench.page.keyboard.press('ArrowLeft')
    expect(await focused()).toBe('tab-downloads')
    await bench.page.keyboard.press('ArrowRight')
    await bench.page.keyboard.press('ArrowRight')
    expect(await focused()).toBe('tab-books')
    expect(await bench.page.locator('[role=tab][tabindex="0"]').count()).toBe(1)
    expect(await bench.page.getByTestId('tab-books').getAttribute('aria-selected')).toBe('true')
    await bench.page.getByTestId('books').waitFor()
  })

  test('what is read out: the wire log and torn slips are not live, the mask button says what it does', async () => {
    expect(await bench.page.getByTestId('wire-log').getAttribute('aria-live')).toBe('off')
    await bench.page.getByTestId('tear').click()
    await bench.page.getByTestId('slip-1').waitFor()
    expect(await bench.page.getByTestId('slips').locator('[role=log], [aria-live]').count()).toBe(0)
    const mask = bench.page.getByTestId('mask')
    expect(await mask.textContent()).toBe('显示卡号')
    await bench.page.getByTestId('tab-wire').click()
    await mask.click()
    expect(await mask.textContent()).toBe('遮蔽卡号')
  })

  test('nothing was complained of', () => {
    expect(bench.complaints).toEqual([])
  })
})
