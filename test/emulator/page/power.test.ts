import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, chromiumPath, needsChromium, openBench } from './browser.ts'

/** 50.02: the host books it and does not answer (`host-link/host/faults.ts`). */
const LOST = '5002'

describe.skipIf(chromiumPath === undefined)(`cable, power and reload${needsChromium}`, () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench({ testFaults: true, parameters: { reversalRetrySeconds: 5, noticeSeconds: 1 } })
  })
  afterAll(() => bench?.close())

  /** Up to where the request is on the line and no answer comes. */
  async function sellWithoutAnswer(): Promise<void> {
    await bench.page.getByTestId('tab-wire').click()
    await bench.page.locator('.log-tools button').last().click()
    await bench.type('1')
    await bench.sees(/门店编号/)
    await bench.type('0012')
    await bench.page.keyboard.press('Enter')
    await bench.sees(/金额/)
    await bench.type(LOST)
    await bench.page.keyboard.press('Enter')
    await bench.sees(/刷卡/)
    await bench.page.getByTestId('card-bank').click()
    // The same card for the same amount again is asked back.
    await expect.poll(() => bench.screen(), { interval: 50, timeout: 10_000 }).toMatch(/密码|再收一次/)
    if (/再收一次/.test(await bench.screen())) await bench.page.keyboard.press('Enter')
    await bench.sees(/密码/)
    await bench.type('123456')
    await bench.page.keyboard.press('Enter')
    await bench.logs(/0200/)
  }

  async function booked(): Promise<string> {
    await bench.page.getByTestId('tab-books').click()
    await bench.page.getByTestId('store-0012').waitFor()
    return (await bench.page.getByTestId('store-0012').textContent()) ?? ''
  }

  test('the cable pulled while the answer is awaited → no slip; plugged in again → 冲正 reversal, answered 00', async () => {
    await sellWithoutAnswer()
    await bench.page.getByTestId('cable').click()
    await bench.sees(/线路中断|结果未定|待冲正/)
    expect(await bench.receipt()).not.toMatch(/商户存根/)
    await bench.page.getByTestId('cable').click()
    await bench.page.keyboard.press('Enter')
    await bench.logs(/0400.*冲正.*0410.*00/s)
    await bench.sees(/请刷卡或选功能|有新服务信息/)
    await expect.poll(booked, { timeout: 10_000 }).toMatch(/0012.*0\.00/)
  })

  test('power cut while the answer is awaited, page reloaded → the terminal finds what it owes and reverses it', async () => {
    await sellWithoutAnswer()
    await bench.page.getByTestId('power').click()
    await expect.poll(() => bench.screen()).not.toMatch(/[\p{L}\d]/u)
    await bench.page.reload()
    await bench.logs(/0400.*0410/s)
    await bench.sees(/请刷卡或选功能|有新服务信息/)
    await expect.poll(booked, { timeout: 10_000 }).toMatch(/0012.*22.*0\.00/) // two sales, two reversals
  })

  test('the page thrown away the moment the request is out → the next page owes and sends the reversal', async () => {
    await sellWithoutAnswer()
    await bench.page.goto('about:blank')
    await bench.page.goto(bench.url)
    await bench.logs(/0400[\s\S]*0410/)
    await bench.sees(/请刷卡或选功能|有新服务信息/)
    await expect.poll(booked, { timeout: 10_000 }).toMatch(/0012.*33.*0\.00/)
  })

  test('a reload keeps flash, paper, model and language', async () => {
    await bench.page.getByTestId('model-compact').click()
    await bench.page.getByTestId('locale-en').click()
    await bench.sees(/Sale/i)
    await bench.page.reload()
    await bench.sees(/Sale/i)
    expect(await bench.page.locator('.xterm-rows > div').count()).toBe(4)
    expect(await bench.page.getByTestId('locale-en').getAttribute('aria-pressed')).toBe('true')
  })

  test('a second tab with the same terminal gets a clear message and no terminal', async () => {
    const second = await bench.context.newPage()
    await second.goto(bench.url)
    await second.getByTestId('notice').waitFor()
    expect(await second.getByTestId('notice').textContent()).toContain('SK000001')
    expect(await second.getByTestId('screen').textContent()).toBe('\n')
    await bench.page.goto('about:blank')
    await second.getByTestId('notice').waitFor({ state: 'detached' })
    await expect.poll(() => second.getByTestId('screen').textContent(), { timeout: 10_000 }).toMatch(/Sale/i)
    await second.close()
  })
})
