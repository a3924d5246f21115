import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, chromiumPath, needsChromium, openBench } from './browser.ts'

/** Unpacking and three starts take their time on a machine that does other things as well. */
const LONG_MS = 120_000

describe.skipIf(chromiumPath === undefined)(`远程下载 in the page${needsChromium}`, () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench()
  })
  afterAll(() => bench?.close())

  const shown = async (id: string): Promise<string> => (await bench.page.getByTestId(id).textContent()) ?? ''
  const until = (id: string, pattern: RegExp) =>
    expect.poll(() => shown(id), { timeout: LONG_MS, interval: 50 }).toMatch(pattern)

  test(
    'a parameter is changed → in force at the terminal, and the panel shows the next',
    async () => {
      await bench.page.getByTestId('tab-downloads').click()
      await until('runs', /已连下载服务/)
      expect(await shown('change-parameter')).toMatch(/结算提醒\(%\) 90/)
      await bench.page.getByTestId('change-parameter').click()
      await until('change-parameter', /结算提醒\(%\) 80/)
      await until('runs', /参数一致/)
    },
    LONG_MS,
  )

  test(
    'a release is offered → prompt, 试运行, confirmed on the screen, in the panel and at the service',
    async () => {
      expect(await shown('runs')).toMatch(/0\.1\.0.*出厂程序/)
      await bench.page.getByTestId('offer').click()
      await until('screen', /有新版本[\s\S]*0\.1\.1/)
      await bench.type('1')
      await until('screen', /试运行|新版本自检中/)
      await until('screen', /已升级到 0\.1\.1/)
      await bench.page.keyboard.press('Enter')
      await until('target', /0\.1\.1.*已确认/)
      await until('runs', /0\.1\.1 程序区 A/)
      expect(await shown('runs')).not.toMatch(/试运行/)
    },
    LONG_MS,
  )

  test(
    'one that throws at its start → three tries, 回退 on the screen, reverted (17) at the service; the terminal sells',
    async () => {
      await bench.sees(/请刷卡或选功能|有新服务信息/)
      await bench.page.getByTestId('break-throws').click()
      await bench.page.getByTestId('offer').click()
      await until('runs', /待激活/)
      await bench.type('499')
      await until('screen', /软件更新[\s\S]*2 ?现在升级/)
      await bench.type('2')
      await until('runs', /试运行 1\/3/)
      await until('runs', /试运行 3\/3/)
      await until('screen', /升级未成功\s*继续使用 0\.1\.1\s*代码 17/)
      await until('target', /0\.1\.2.*已回退 ?\(17\)/)
      expect(await shown('runs')).toMatch(/0\.1\.1 程序区 A/)
      await bench.page.keyboard.press('Enter')
      await bench.sees(/请刷卡或选功能|有新服务信息/)
      await bench.type('1')
      await bench.sees(/门店编号/)
      await bench.page.keyboard.press('Escape')
    },
    LONG_MS,
  )

  test(
    'as from the factory → the program that is built in, and the service believes what it now says',
    async () => {
      await bench.page.getByTestId('erase').click()
      await bench.page.getByTestId('erase').click()
      await until('runs', /0\.1\.0 出厂程序/)
      await bench.page.getByTestId('break-no').click()
      await bench.page.getByTestId('offer').click()
      await until('target', /0\.1\.3.*已下载/)
    },
    LONG_MS,
  )

  test('nothing was complained of', () => {
    expect(bench.complaints).toEqual([])
  })
})
