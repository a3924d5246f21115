import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, needsChromium } from '../../../emulator/page/browser.ts'
import { newTerminal, seconds } from '../node/rig.ts'
import { openTmsBrowser, type TmsBench, type TmsBrowser, tmsBench } from './bench.ts'

const SERIALS = Array.from({ length: 60 }, (_, at) => `SK26A${String(at + 1).padStart(5, '0')}`)

describe.skipIf(chromiumPath === undefined)(`the fleet 终端 in a real browser${needsChromium}`, () => {
  let bench: TmsBench
  let browser: TmsBrowser
  const at = (id: string) => browser.page.getByTestId(id)
  /** What the page keeps in the browser, all of it. */
  const kept = () =>
    browser.page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
    )

  beforeAll(async () => {
    bench = await tmsBench()
    await bench.terminals(SERIALS.slice(0, 2))
    await bench.terminals(SERIALS.slice(2, 4), { model: 'S10' })
    await bench.server.store.addTerminals(
      SERIALS.slice(4).map((serial) => newTerminal(serial)),
      seconds(),
    )
    browser = await openTmsBrowser(bench.url)
    await browser.logIn('olga')
  })
  afterAll(async () => {
    await browser?.close()
    await bench?.close()
  })

  test('the fleet: pages of 50, who is online is seen without a reload', async () => {
    await at('tab-terminals').click()
    await browser.sees('50 / 60 台')
    await at('next-page').click()
    await browser.sees('60 / 60 台')
    await browser.page.goto(`${bench.url}#/terminals?filter=${encodeURIComponent('online = yes')}`)
    await browser.sees('4 / 4 台')
    await bench.terminals(['LATE1'])
    await browser.sees('5 / 5 台')
  })

  test('a filter that is wrong → said where it was typed, before it is sent; its help fills in an example', async () => {
    await at('filter').fill('colour = red')
    expect(await browser.text('filter-error')).toBe('筛选第 1 个字符：没有字段“colour”。')
    expect(await at('filter-go').isDisabled()).toBe(true)
    await at('filter-help').click()
    await at('filter-words').getByRole('row').nth(5).waitFor()
    await at('filter').fill('')
    await at('filter-words').getByRole('button').first().click()
    expect(await at('filter').inputValue()).toContain('serial = ')
    await at('filter').fill('model = S10')
    await browser.page.keyboard.press('Enter')
    await browser.sees('2 / 2 台')
    expect(new URL(browser.page.url()).hash).toContain('filter=model')
  })

  test('a filter is kept under a name, and dropped again', async () => {
    await at('save-filter').click()
    await at('filter-name').fill('small ones')
    await at('save-filter-yes').click()
    await at('tab-terminals').click()
    await browser.page.reload()
    await browser.page.getByRole('button', { name: 'small ones' }).click()
    await browser.sees('2 / 2 台')
    await at('drop-filter-small ones').click()
    await at('drop-filter-small ones-yes').click()
    await at('drop-filter-small ones').waitFor({ state: 'detached' })
  })

  test('a new terminal: its password is shown once and is nowhere in the browser afterwards', async () => {
    await at('add-terminal').click()
    await at('add-terminal-serial').fill('bad serial')
    await at('add-terminal-model').fill('A8')
    await at('add-terminal-yes').click()
    await at('error').waitFor()
    expect(await browser.text('error')).toContain('序列号须为')
    await at('add-terminal-serial').fill('NEW1')
    await at('add-terminal-yes').click()
    await at('secret').waitFor()
    const secret = (await at('secret').locator('code').textContent()) ?? ''
    expect(secret.length).toBeGreaterThan(15)
    await at('secret-close').click()
    await at('secret').waitFor({ state: 'detached' })
    expect(await browser.page.content()).not.toContain(secret)
    expect(await kept()).not.toContain(secret)
  })

  test('a command to all that a filter finds says how many, and wants the number typed; a lock says what it means', async () => {
    await browser.page.goto(`${bench.url}#/terminals?filter=${encodeURIComponent('not model = S10')}`)
    await browser.sees('/ 60 台')
    await at('command').click()
    expect(await browser.text('command-ask')).toContain('60 台')
    await at('command-kind').selectOption('lock')
    await at('command-zh').fill('请联系服务商')
    await at('command-en').fill('Call your provider')
    await browser.sees('锁机后不能交易')
    await at('command-yes').click()
    expect(await browser.text('wrong')).toBe('台数不符。')
    await browser.page.keyboard.press('Escape')
    expect(await bench.server.store.commandsOf('SK26A00001')).toEqual([])
  })

  test('a terminal’s page: what runs, why not more, check values; a message sent from it is seen there', async () => {
    await browser.page.goto(`${bench.url}#/terminals/SK26A00001`)
    await at('running').waitFor()
    expect(await browser.text('running')).toContain('1.0.0')
    await at('command').click()
    await at('command-kind').selectOption('message')
    await at('command-zh').fill('周五停机')
    await at('command-en').fill('Closed on Friday')
    await at('command-yes').click()
    await at('commands').getByText('周五停机').waitFor()
    // A simulated terminal says that it sent its log, and sends none: as if the one message was lost.
    await at('command').click()
    await at('command-kind').selectOption('log')
    await at('command-yes').click()
    await at('commands').getByText('没有收齐：终端只发一次，请重新要一次').waitFor()
    await at('retire').click()
    expect(await browser.text('retire-ask')).toContain('1 台')
    await at('retire-yes').click()
    expect(await browser.text('wrong')).toBe('请填理由。')
    await at('retire-reason').fill('换机')
    await at('retire-yes').click()
    await at('restore').waitFor()
    await browser.page.goto(`${bench.url}#/terminals/NOBODY`)
    await at('error').waitFor()
    expect(await browser.text('error')).toContain('已不存在')
  })

  test('groups by filter and by list; what the service refuses is said in the dialogue', async () => {
    await at('tab-groups').click()
    await at('new-group').click()
    await at('group-name').fill('pilots')
    await at('group-filter').fill('model = S10')
    await at('new-group-yes').click()
    await at('group-pilots').waitFor()
    await at('new-group').click()
    await at('group-name').fill('three')
    await at('group-kind').selectOption('list')
    await at('group-serials').fill('SK26A00003 NOBODY')
    await at('new-group-yes').click()
    await at('error').waitFor()
    expect(await browser.text('error')).toBe('没有终端 NOBODY。')
    await at('group-serials').fill('SK26A00003 SK26A00004')
    await at('new-group-yes').click()
    await at('group-three').click()
    await browser.sees('分组：three')
    await browser.sees('2 / 2 台')
  })

  test('nothing was complained of, and nothing was asked for elsewhere', () => {
    expect([browser.complaints, browser.strangers, bench.faults]).toEqual([[], [], []])
  })
})
