import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, chromiumPath, needsChromium, openBench } from './browser.ts'

describe.skipIf(chromiumPath === undefined)(`the page sells in a real browser${needsChromium}`, () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(() => bench?.close())

  test('消费 sale by keyboard alone: store, amount, card by its letter, PIN → 交易成功, and the slip says so', async () => {
    await bench.type('1')
    await bench.sees(/门店编号/)
    await bench.type('0012')
    await bench.page.keyboard.press('Enter')
    await bench.sees(/金额/)
    await bench.type('8880')
    await bench.sees(/RMB 88\.80/)
    await bench.page.keyboard.press('Enter')
    await bench.sees(/刷卡/)
    await bench.page.keyboard.press('a')
    await bench.sees(/密码/)
    await bench.type('123456')
    await bench.sees(/\*{6}/)
    expect(await bench.page.getByRole('group', { name: /安全输入/ }).count()).toBe(1)
    await bench.page.keyboard.press('Enter')
    await bench.sees(/交易成功/)
    await expect.poll(() => bench.receipt()).toMatch(/门店编号.*0012[\s\S]*RMB 88\.80/)
  })

  test('the slip: torn off, it leaves the printer and lies with the slips', async () => {
    await bench.sees(/请撕下商户存根/)
    await bench.page.keyboard.press('Enter')
    await bench.sees(/请刷卡或选功能|有新服务信息/)
    expect(await bench.receipt()).toMatch(/持卡人存根/)
    await bench.page.getByTestId('tear').click()
    await bench.page.getByTestId('slip-1').waitFor()
    expect(await bench.page.getByTestId('slip-1').textContent()).toMatch(/商户存根[\s\S]*持卡人存根/)
    expect(await bench.receipt()).toBe('')
  })

  test('消费 sale by mouse alone → 交易成功', async () => {
    await bench.click('1')
    await bench.sees(/门店编号/)
    await bench.click('0', '0', '1', '0', 'enter')
    await bench.sees(/金额/)
    await bench.click('1', '00', 'enter')
    await bench.sees(/刷卡/)
    await bench.page.getByTestId('card-bank').click()
    await bench.sees(/密码/)
    await bench.click('1', '2', '3', '4', '5', '6', 'enter')
    await bench.sees(/请撕下商户存根/)
    await bench.click('enter')
    await bench.sees(/请刷卡或选功能|有新服务信息/)
  })

  test("the books: both sales stand under their stores, as in the host's report", async () => {
    await bench.page.getByTestId('tab-books').click()
    const row = (store: string) => bench.page.getByTestId(`store-${store}`)
    await row('0012').waitFor()
    expect(await row('0012').textContent()).toMatch(/0012.*88\.80/)
    expect(await row('0010').textContent()).toMatch(/0010.*1\.00/)
    expect(await bench.page.getByTestId('books').textContent()).toContain('89.80')
  })

  test('the wire log: every frame with type, name, fields and hex, and no card number while masked', async () => {
    await bench.page.getByTestId('tab-wire').click()
    await bench.logs(/0800.*0810.*0200.*0210/s)
    const log = bench.page.getByTestId('wire-log')
    for (const frame of await log.locator('.frame').all()) await frame.locator('summary').click()
    await bench.logs(/60\.2/)
    const text = (await log.textContent()) ?? ''
    expect(text).toMatch(/0000 {2}00 [0-9A-F]{2} 60 00 03 00 00/)
    expect(text).not.toContain('6222600001234567890')
    expect(text.replace(/\s/g, '')).not.toContain('6222600001234567890')
    expect(text).not.toContain('123456\n')
  })

  test('the mirror: what a screen reader gets is what the glass draws, line by line', async () => {
    const lines = (await bench.screen()).split('\n')
    const rows = await bench.page.locator('.xterm-rows > div').allTextContents()
    expect(rows.length).toBe(10)
    expect(rows.map((row) => row.trimEnd())).toEqual(lines.slice(0, 10))
  })

  test('1280 × 800: nothing scrolls, everything is in one screen', async () => {
    const sizes = await bench.page.evaluate(() => {
      const root = document.documentElement
      return [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight]
    })
    expect(sizes).toEqual([0, 0])
    for (const id of ['power', 'cable', 'key-0', 'key-enter', 'screen', 'card-bank', 'record']) {
      const box = await bench.page.getByTestId(id).boundingBox()
      expect(
        box && box.x >= 0 && box.y >= 0 && box.x + box.width <= 1280 && box.y + box.height <= 800,
        id,
      ).toBe(true)
    }
  })

  test('nothing was complained of: no error, no warning in the console', () => {
    expect(bench.complaints).toEqual([])
  })
})
