import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseScenario } from '../../../emulator/scenario/scenario.ts'
import { type Bench, chromiumPath, needsChromium, openBench } from './browser.ts'

describe.skipIf(chromiumPath === undefined)(`the bench of the page${needsChromium}`, () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(() => bench?.close())

  /** Until the terminal has signed on again, which it does at the start after a reset. */
  async function reset(): Promise<void> {
    await bench.page.locator('.log-tools button').last().click()
    await bench.page.getByTestId('erase').click()
    expect(await bench.page.getByTestId('wire-log').textContent()).not.toMatch(/0800/)
    await bench.page.getByTestId('erase').click()
    await bench.logs(/0800[\s\S]*0810/)
    await bench.sees(/请刷卡或选功能|有新服务信息/)
  }

  test('as from the factory, after a second press: the terminal signs on anew', reset)

  test('a sale in CBOR, recorded → 交易成功, and a scenario file that parses and holds no typed PIN', async () => {
    await bench.page.getByTestId('dialect-cbor').click()
    // Keys of the other dialect will not do: the terminal signs on by itself, a second time in this log.
    await bench.logs(/0800[\s\S]*0810[\s\S]*0800[\s\S]*0810/)
    await bench.sees(/请刷卡或选功能|有新服务信息/)
    await bench.page.getByTestId('record').click()
    await bench.type('1')
    await bench.sees(/门店编号/)
    await bench.type('0012')
    await bench.page.keyboard.press('Enter')
    await bench.sees(/金额/)
    await bench.type('8880')
    await bench.page.keyboard.press('Enter')
    await bench.sees(/刷卡/)
    await bench.page.getByTestId('card-bank').click()
    await bench.sees(/密码/)
    await bench.type('123456')
    await bench.page.keyboard.press('Enter')
    await bench.sees(/请撕下商户存根/)
    await bench.logs(/0210/)
    const download = bench.page.waitForEvent('download')
    await bench.page.getByTestId('record').click()
    const file = readFileSync(await (await download).path(), 'utf8')
    const words = parseScenario(file, 'recorded').map((line) => line.text)
    expect(words).toContain('type 8880')
    expect(words).toContain('swipe bank')
    expect(words).toContain('pin 123456')
  })

  test('paper out → the icon and the switch say so; paper in → printing works again', async () => {
    await bench.page.keyboard.press('Enter')
    await bench.sees(/请刷卡或选功能|有新服务信息/)
    await bench.page.getByTestId('paper').click()
    expect(await bench.page.getByTestId('paper').getAttribute('aria-checked')).toBe('false')
    await bench.type('31')
    await bench.sees(/缺纸|无纸|装纸/)
    await bench.page.getByTestId('paper').click()
    await bench.page.keyboard.press('Escape')
    await bench.sees(/请刷卡或选功能|有新服务信息/)
  })

  test('the program loaded again: the same terminal starts anew and remembers', async () => {
    await bench.page.getByTestId('reload').click()
    await bench.sees(/请刷卡或选功能|有新服务信息/)
    expect(await bench.page.getByTestId('stopped').count()).toBe(0)
  })

  test('a slip is saved as a picture of its own width', async () => {
    await bench.page.getByTestId('tear').click()
    const download = bench.page.waitForEvent('download')
    await bench.page.getByRole('button', { name: '存为 PNG' }).first().click()
    const png = readFileSync(await (await download).path())
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    expect(png.readUInt32BE(16)).toBe(2 * (32 * 8 + 2 * 16))
  })

  test('nothing was complained of', () => {
    expect(bench.complaints).toEqual([])
  })
})
