import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTmsBrowser, type Person, releaseBytes, tmsBench } from './bench.ts'

// `npx tsx test/host-link/tms/page/pictures.ts [folder]`: the pictures of docs/tms.md, taken from the real page while
// simulated terminals take a release. With `all` behind the folder: every view, in both sizes, to be looked at.

const DOCS = process.argv[2] ?? fileURLToPath(new URL('../../../../docs', import.meta.url))
const ALL = process.argv[3] === 'all'
const SERIALS = Array.from({ length: 46 }, (_, at) => `SK26A${String(at + 1).padStart(5, '0')}`)
const NARROW = { width: 390, height: 844 }
const WIDE = { width: 1280, height: 800 }

const texts = {
  zh: { shop: '老王面馆', why: '修复退货小票', notice: '提示时间长一些', suffix: '.zh-CN' },
  en: { shop: 'Wang Noodles', why: 'Refund slip mended', notice: 'Notices stand longer', suffix: '' },
} as const

async function take(locale: 'zh' | 'en'): Promise<void> {
  const { shop, why, notice, suffix } = texts[locale]
  const bench = await tmsBench()
  const asset = { merchant: '898100000000001', merchantName: shop, maker: 'shuaka' }
  await bench.terminals(SERIALS.slice(0, 3), { ...asset, labels: ['internal'] })
  await bench.terminals(SERIALS.slice(3, 26), asset, { stepMs: 900 })
  await bench.terminals(SERIALS.slice(26, 29), asset, { ends: 'reverted', stepMs: 200 })
  await bench.terminals(SERIALS.slice(29, 42), { ...asset, model: 'S10', store: '0002' }, { stepMs: 900 })
  const leaving = await bench.terminals(SERIALS.slice(42), asset)
  const browser = await openTmsBrowser(bench.url, { timezoneId: 'Asia/Shanghai' })
  const { page } = browser
  const at = (id: string) => page.getByTestId(id)
  async function as(name: Person): Promise<void> {
    await browser.logOut()
    await browser.logIn(name)
  }
  async function picture(name: string, kept: boolean): Promise<void> {
    await page.locator('.told.shown').waitFor({ state: 'detached' })
    await page.waitForTimeout(900)
    await page.mouse.move(640, 790)
    if (kept) await page.screenshot({ path: join(DOCS, `tms-${name}${suffix}.png`) })
    if (!ALL) return
    await page.setViewportSize(NARROW)
    await page.waitForTimeout(300)
    await page.screenshot({ path: join(DOCS, `tms-${name}-narrow${suffix}.png`) })
    await page.setViewportSize(WIDE)
    if (!kept) await page.screenshot({ path: join(DOCS, `tms-${name}${suffix}.png`) })
  }
  async function confirm(id: string): Promise<void> {
    await at(id).click()
    if (await at(`${id}-count`).isVisible()) await at(`${id}-count`).fill(String(SERIALS.length))
    await at(`${id}-yes`).click()
    await page.locator('dialog').waitFor({ state: 'detached' })
  }
  if (locale === 'en') await at('language').click()
  await picture('log-in', false)
  await browser.logIn('anna')
  for (const terminal of leaving) terminal.close()
  await at('tab-releases').click()
  const buffer = Buffer.from(releaseBytes('1.3.0', 7, 180_000))
  await at('release-file').setInputFiles({ name: 'a', mimeType: 'application/octet-stream', buffer })
  await at('release').waitFor()
  await as('bert')
  await picture('release', true)
  await confirm('approve')
  await as('anna')
  await at('deploy-this').click()
  await at('release-choice').selectOption('1')
  await at('plan-reason').fill(why)
  for (const [field, value] of Object.entries({ bakeHours: '0', sample: '3', confirmedPercent: '50' }))
    await at(`plan-${field}`).fill(value)
  await at('waves-own').click()
  await at('plan-percents').fill('10 80')
  await at('preview-go').click()
  await at('preview-shown').scrollIntoViewIfNeeded()
  await picture('wizard', true)
  await confirm('create')
  await at('deployment').waitFor()
  await confirm('submit')
  await as('bert')
  await confirm('approve')
  await at('wave-1').getByText('%').first().waitFor({ timeout: 60_000 })
  await picture('deployment', true)
  await as('olga')
  await at('tab-terminals').click()
  await picture('fleet', true)
  await at('tab-parameters').click()
  await at('layer-open').click()
  await at('give-noticeSeconds').click()
  await at('value-noticeSeconds').fill('8')
  await at('lock-noticeSeconds').click()
  await at('give-merchantName').click()
  await at('value-merchantName').fill('#{merchantName}')
  await at('search-key').fill('Name')
  await at('compare').click()
  await at('diff').waitFor()
  await picture('parameters', true)
  await at('save-draft').click()
  await at('save-draft-reason').fill(notice)
  await at('save-draft-yes').click()
  await confirm('publish')
  await at('tab-overview').click()
  await picture('overview', true)
  await at('tab-parameters').click()
  await at('layer-product').click()
  await as('bert')
  await confirm('approve')
  await at('tab-terminals').click()
  await at(`row-${SERIALS[27]}`).getByRole('link').click()
  await at('explain-table').waitFor()
  await picture('terminal', true)
  await at('tab-audit').click()
  await at('verdict').waitFor()
  await picture('audit', true)
  await as('adam')
  await at('tab-people').click()
  await picture('people', false)
  await browser.close()
  await bench.close()
}

async function main(): Promise<void> {
  for (const locale of ['zh', 'en'] as const) await take(locale)
}

main().then(
  () => process.exit(0), // simulated terminals that left would try again
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
