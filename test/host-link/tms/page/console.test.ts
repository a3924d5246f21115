import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, needsChromium } from '../../../emulator/page/browser.ts'
import { PASSWORD } from '../node/api-rig.ts'
import { openTmsBrowser, type TmsBench, type TmsBrowser, tmsBench } from './bench.ts'

const SERIALS = ['SK26A00001', 'SK26A00002', 'SK26A00003']

describe.skipIf(chromiumPath === undefined)(`the console 控制台 in a real browser${needsChromium}`, () => {
  let bench: TmsBench
  let browser: TmsBrowser
  const at = (id: string) => browser.page.getByTestId(id)
  const as = async (name: Parameters<TmsBrowser['logIn']>[0]) => {
    await browser.logOut()
    await browser.logIn(name)
  }
  /** What the page keeps in the browser, all of it. */
  const kept = () =>
    browser.page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
    )

  beforeAll(async () => {
    bench = await tmsBench()
    await bench.terminals(SERIALS)
    browser = await openTmsBrowser(bench.url)
    await browser.logIn('olga')
  })
  afterAll(async () => {
    await browser?.close()
    await bench?.close()
  })

  test('the language is kept; keys alone open, fill in and close; the skip link leads to the content', async () => {
    await at('language').click()
    await browser.sees('Terminals')
    await browser.page.reload()
    await at('me').waitFor()
    expect(await browser.text('tab-releases')).toBe('Releases')
    expect(await browser.page.locator('html').getAttribute('lang')).toBe('en')
    await browser.page.keyboard.press('Tab')
    await browser.page.keyboard.press('Enter')
    expect(await browser.page.evaluate(() => document.activeElement?.id)).toBe('main')
    await at('tab-groups').focus()
    await browser.page.keyboard.press('Enter')
    await at('new-group').focus()
    await browser.page.keyboard.press('Enter')
    await browser.page.waitForFunction(() => document.activeElement?.closest('dialog'))
    await browser.page.keyboard.press('Escape')
    await browser.page.locator('dialog').waitFor({ state: 'detached' })
    expect(JSON.parse(await kept())[0]).toEqual({ 'shuaka.tms.locale': 'en' })
  })

  test('people: added with a first password that they must change; a token is shown once; roles as the table says', async () => {
    await as('adam')
    await at('tab-people').click()
    await at('add-user').click()
    await at('user-name').fill('nora')
    await at('user-password').fill('short')
    await at('add-user-yes').click()
    await at('error').waitFor()
    expect(await browser.text('error')).toContain('8 characters or more')
    await at('user-password').fill('first words 22')
    await at('add-user-yes').click()
    await at('user-nora').waitFor()
    await at('add-token').click()
    await at('token-name').fill('nightly')
    await at('add-token-yes').click()
    const token = (await at('secret').locator('code').textContent()) ?? ''
    expect(token).toMatch(/^stms_/)
    await at('secret-close').click()
    expect(await browser.page.content()).not.toContain(token)
    await at('revoke-nightly').click()
    await at('revoke-nightly-yes').click()
    await browser.sees('revoked')
    await browser.logOut()
    await at('log-in-name').fill('nora')
    await at('log-in-password').fill('first words 22')
    await at('log-in-go').click()
    await at('password-old').fill('first words 22')
    await at('password-fresh').fill(PASSWORD)
    await at('password-again').fill(`${PASSWORD} x`)
    await at('password-go').click()
    await browser.sees('The two are not the same.')
    await at('password-again').fill(PASSWORD)
    await at('password-go').click()
    await at('figures').waitFor()
    expect(await at('tab-people').count()).toBe(0)
    expect(await at('tab-audit').count()).toBe(0)
  })

  test('a session that ended elsewhere → back to the log-in, and the page says why', async () => {
    await browser.page.context().clearCookies()
    await browser.page.goto(`${bench.url}#/terminals`)
    await browser.sees('The session is over: log in again.')
  })

  test('no view is wider than a telephone 手机, and what is too wide scrolls by itself', async () => {
    await browser.logIn('adam')
    await browser.page.setViewportSize({ width: 390, height: 844 })
    for (const hash of [
      'overview',
      'terminals',
      'terminals/SK26A00003',
      'groups',
      'releases',
      'deployments',
      'deployments/new',
      'parameters',
      'parameters/product',
      'audit',
      'people',
      'account',
    ]) {
      await browser.page.goto(`${bench.url}#/${hash}`)
      await browser.page.waitForTimeout(150)
      const wide = await browser.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(wide, hash).toBeLessThanOrEqual(0)
    }
  })

  test('nothing was complained of, and nothing was asked for elsewhere', () => {
    expect([browser.complaints, browser.strangers, bench.faults]).toEqual([[], [], []])
  })
})
