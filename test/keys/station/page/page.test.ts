import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../../keys/hex.ts'
import { chromiumPath, needsChromium } from '../../../emulator/page/browser.ts'
import { COMPONENTS, done, TestTerminal, tcpDial, trust } from '../rig.ts'
import { openBrowser, type StationBench, type StationBrowser, stationBench } from './bench.ts'

const ZHANG = '张安'
const LI = '李波'
const PASS = { [ZHANG]: 'Blue door 7 stays open', [LI]: 'seventeen green kettles' } as const
const SERIALS = Array.from({ length: 200 }, (_, index) => `SK26A${String(index + 1).padStart(5, '0')}`)
const LIST = [
  'serial,terminalId,slot,algorithm',
  ...SERIALS.map((serial, at) => `${serial},${10_000_001 + at},0,TDES`),
]

describe.skipIf(chromiumPath === undefined)(
  `the station's page 注入站网页 in a real browser${needsChromium}`,
  () => {
    let bench: StationBench
    let browser: StationBrowser
    let certify: ReturnType<typeof trust>
    let address = ''
    /** Text of the whole document, taken at every step: no secret may ever have been in it. */
    const seen: string[] = []
    const at = (id: string) => browser.page.getByTestId(id)
    const look = async () => void seen.push(await browser.page.content())
    const text = async (id: string) => (await at(id).first().textContent()) ?? ''

    beforeAll(async () => {
      bench = await stationBench()
      browser = await openBrowser(bench.page.url)
    })
    afterAll(async () => {
      await browser?.close()
      await bench?.close()
    })

    test('two people enrol, each typing a passphrase twice and blind → the station is open', async () => {
      expect(await browser.next()).toContain('请登记第一位人员')
      for (const name of [ZHANG, LI] as const) {
        await at('enrol-name').fill(name)
        await at('enrol-go').click()
        await browser.blind(PASS[name])
        await look()
        await browser.blind(PASS[name])
        await at(`person-${name}`).waitFor()
      }
      expect(bench.station.view().state).toBe('open')
      expect(await text('idle')).toMatch(/^(10:00|09:5\d)$/)
    })

    test('passphrases typed differently → told, nobody is enrolled', async () => {
      await at('enrol-more').click()
      await at('enrol-name').fill('Wang')
      await at('enrol-go').click()
      await browser.blind('first of two passphrases')
      await browser.blind('other of two passphrases')
      await browser.page.getByText('两次输入不同').waitFor()
      expect(bench.station.view().people).toHaveLength(2)
      await browser.page.reload()
      await at('next').waitFor()
    })

    test('a third person comes and goes by the passphrases of two', async () => {
      await at('enrol-more').click()
      await at('enrol-name').fill('Wang')
      await at('role-operator').click()
      await at('enrol-go').click()
      for (const secret of ['third of the passphrases', 'third of the passphrases', PASS[ZHANG], PASS[LI]])
        await browser.blind(secret)
      await at('leave-Wang').click()
      await at('dismiss-Wang').click()
      await browser.blind(PASS[ZHANG])
      await browser.blind(PASS[LI])
      await at('person-Wang').waitFor({ state: 'detached' })
      await look()
      expect(bench.station.view().people).toHaveLength(2)
    })

    test('密钥仪式: two custodians type components blind, compare check values; the key is made', async () => {
      const { rootSecret } = done(bench.station.developmentIdentity('STATION-1'))
      certify = trust(rootSecret)
      await at('new-key').click()
      await at('key-expected').fill('12')
      await at('key-begin').click()
      await at('error').waitFor()
      expect(await text('error')).toContain('单据上的校验值：AES 为 10 位')
      await at('key-expected').fill('')
      await at('key-begin').click()
      await browser.blind(PASS[ZHANG])
      await browser.blind(PASS[LI])
      await at(`types-${ZHANG}`).click()
      await browser.page.keyboard.type('g') // no digit
      await browser.page.getByText('分量只有 0–9 和 A–F。').waitFor()
      await browser.page.evaluate(() =>
        document.activeElement?.dispatchEvent(new Event('paste', { bubbles: true, cancelable: true })),
      )
      await browser.page.getByText('不能粘贴').waitFor()
      await browser.blind(COMPONENTS[0])
      await browser.blind(PASS[ZHANG])
      await at('compare').waitFor()
      await look()
      expect(await text('compare')).toContain('2E45 586F 3F')
      expect(await browser.next()).toContain('校验值 2E45586F3F')
      await at('right').click()
      await browser.blind(PASS[ZHANG])
      await at(`types-${LI}`).click()
      expect(await at(`types-${ZHANG}`).count()).toBe(0) // has given one
      const wrong = COMPONENTS[1].replace('5', '6')
      await browser.blind(COMPONENTS[1])
      await browser.blind(PASS[ZHANG]) // not his own
      await at('error').waitFor()
      expect(await text('error')).toContain(`姓名或口令错误 (${LI})`)
      expect(bench.station.view().ceremony?.components).toHaveLength(1)
      await browser.blind(wrong)
      await browser.blind(PASS[LI])
      await at('wrong').click()
      await at(`types-${LI}`).click()
      await browser.blind(COMPONENTS[1])
      await browser.blind(PASS[LI])
      await at('right').click()
      await browser.blind(PASS[LI])
      await at('zmk').waitFor()
      await look()
      const { zmk } = bench.station.view()
      expect((await text('zmk')).replaceAll(' ', '')).toContain(zmk?.checkValue)
    })

    test('a list with wrong lines → each is named and nothing taken; a right one → 200 terminals expected', async () => {
      const file = join(bench.folder, 'list.csv')
      writeFileSync(file, 'serial,slot\nSK 1,0\nSK2,12\n')
      await at('list-file').setInputFiles(file)
      await at('error').waitFor()
      expect(await text('error')).toContain('第 2 行：序列号须为 1 至 20 个可见 ASCII 字符')
      expect(await text('error')).toContain('第 3 行：索引须为 0 至 9')
      expect(bench.station.progress()).toEqual([])
      writeFileSync(file, LIST.join('\r\n'))
      await at('list-file').setInputFiles(file)
      await at('good').waitFor()
      expect(await text('good')).toContain('已导入 200 台')
      expect(await browser.next()).toContain('没有可用的端口')
    })

    test('a line is opened, terminals are loaded over TCP → the progress moves, each with a key of its own', async () => {
      await at('add-line').click()
      await at('line-kind').selectOption('tcp')
      await at('line-address').fill('127.0.0.1:0')
      await at('line-open').click()
      await browser.page.waitForFunction(() => /等待终端/.test(document.body.textContent ?? ''))
      address = bench.station.view().lines[0]?.address ?? ''
      const terminals = SERIALS.slice(0, 3).map(
        (serial) => new TestTerminal(serial, certify.issue('terminal', serial)),
      )
      for (const terminal of terminals) expect((await terminal.inject(tcpDial(address))).kind).toBe('loaded')
      await browser.page.waitForFunction(
        () => document.querySelector('[data-testid="loaded"]')?.textContent === '3',
      )
      expect(await text('count-expected')).toBe('197')
      expect(await browser.next()).toContain('还有 197 台')
      expect(new Set(terminals.map((terminal) => terminal.checkValue())).size).toBe(3)
      await at('tab-terminals').click()
      await at(`row-${SERIALS[0]}`).waitFor()
      expect(await text(`row-${SERIALS[0]}`)).toContain(String(terminals[0]?.checkValue()))
      await look()
    })

    test('search and filter: the ones that are asked for, and how many', async () => {
      await at('filter-loaded').click()
      expect(await browser.page.getByRole('row').count()).toBe(4) // with the head
      await at('search').fill('00002')
      expect(await text('shown')).toBe('1／200 台')
      await at('filter-all').click()
      await at('search').fill('10000200')
      expect(await text('shown')).toBe('1／200 台')
      await at('search').fill('none like it')
      expect(await text('terminals')).toContain('没有符合条件的终端')
    })

    test('标签: one for each loaded terminal, with the check value; printing is in the audit', async () => {
      await at('tab-labels').click()
      await at(`label-${SERIALS[0]}`).waitFor()
      expect(await text('labels')).toContain(SERIALS[2])
      expect(await text('labels')).not.toContain(SERIALS[3])
      await browser.page.evaluate(() => {
        window.print = () => document.body.setAttribute('data-printed', 'yes')
      })
      await at('print').click()
      await browser.page.locator('body[data-printed]').waitFor()
      await browser.page.emulateMedia({ media: 'print' })
      expect(await browser.page.locator('header').isVisible()).toBe(false)
      expect(await at(`label-${SERIALS[1]}`).isVisible()).toBe(true)
      await browser.page.emulateMedia({ media: 'screen' })
      expect(await text('printed-now')).toContain('3')
      await at('labels-back').click()
      await at('printed').waitFor() // from here on they are old ones: one by one, when it is wanted
      expect(await at('print').isDisabled()).toBe(true)
      expect(await browser.page.locator('.label').count()).toBe(0)
      await at(`again-${SERIALS[1]}`).click()
      await at(`label-${SERIALS[1]}`).waitFor()
      await browser.page.emulateMedia({ media: 'print' })
      expect(await browser.page.locator('.label').count()).toBe(1)
      await browser.page.emulateMedia({ media: 'screen' })
      await at('labels-back').click()
      await at('tab-audit').click()
      await browser.page.waitForFunction(() => /打印标签/.test(document.body.textContent ?? ''))
      expect(await text('audit')).toContain('链完整（登录时已核对）')
      await look()
    })

    test('中文 and English: every word changes, and stays so; nothing is wider than the window', async () => {
      await at('language').click()
      for (const tab of ['work', 'terminals', 'labels', 'audit']) {
        await at(`tab-${tab}`).click()
        const main = (await browser.page.getByRole('main').textContent()) ?? ''
        expect(main.replace(/[张安李波]/g, '')).not.toMatch(/[一-鿿]/)
        for (const [width, height] of [
          [1280, 800],
          [1440, 900],
          [420, 800],
        ] as const) {
          await browser.page.setViewportSize({ width, height })
          const over = await browser.page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          )
          expect([tab, width, over]).toEqual([tab, width, 0])
        }
        await browser.page.setViewportSize({ width: 1280, height: 800 })
      }
      await browser.page.reload()
      await at('next').waitFor()
      expect(await browser.next()).toContain('Plug in the next terminal')
      expect(await browser.page.evaluate(() => Object.entries(localStorage))).toEqual([
        ['shuaka.station.locale', 'en'],
      ])
      await at('language').click()
      await at('tab-work').click()
    })

    test('关闭会话 asked twice → both are out, the audit is signed, keys are given to nobody', async () => {
      await at('close').click()
      await at('close-yes').click()
      await at(`in-${ZHANG}`).waitFor()
      expect(bench.station.view()).toMatchObject({ state: 'closed' })
      const { records, signedUpTo } = bench.station.view().audit
      expect(signedUpTo).toBe(records)
      const late = new TestTerminal(String(SERIALS[5]), certify.issue('terminal', String(SERIALS[5])))
      expect((await late.inject(tcpDial(address))).kind).not.toBe('loaded')
    })

    test('by keyboard alone: both log in again; a wrong passphrase is told and the field is empty', async () => {
      await at(`in-${ZHANG}`).focus()
      await browser.page.keyboard.press('Enter')
      await browser.blind('not the right passphrase')
      await at('error').waitFor()
      expect(await text('error')).toContain('姓名或口令错误')
      await browser.blind(PASS[ZHANG])
      await at(`out-${ZHANG}`).waitFor()
      expect(await browser.next()).toContain(`${ZHANG} 已登录。请另一位人员登录`)
      await at(`in-${LI}`).focus()
      await browser.page.keyboard.press('Enter')
      await browser.blind(PASS[LI])
      await at('close').waitFor()
      expect(bench.station.view().state).toBe('open')
    })

    test('the idle time passes → the page shows that the session is over', async () => {
      bench.clock.ms += 10 * 60_000 + 1
      await at(`in-${ZHANG}`).waitFor()
      expect(await browser.next()).toContain('请第一位人员选择自己的名字')
    })

    test('no passphrase, component or key: not in the page, its storage, the console, or what was sent and answered', async () => {
      await look()
      const storage = await browser.page.evaluate(() =>
        JSON.stringify([localStorage, sessionStorage, document.cookie]),
      )
      const sent = browser.requests.map((request) => {
        const body = request.postDataBuffer()
        return `${request.url()}\n${JSON.stringify(request.headers())}\n${body?.toString('latin1') ?? ''}\n${body?.toString('base64') ?? ''}`
      })
      const everything = [...seen, storage, ...browser.said, ...sent, await browser.answers()].join('\n')
      const zmk = fromHex(COMPONENTS[0]).map((byte, index) => byte ^ (fromHex(COMPONENTS[1])[index] ?? 0))
      const bytes = [...COMPONENTS.map((component) => fromHex(component)), zmk]
      const forms = [
        ...Object.values(PASS).map((passphrase) => Buffer.from(passphrase)),
        ...COMPONENTS.map((component) => Buffer.from(component)),
        ...bytes.map((key) => Buffer.from(toHex(key))),
        ...bytes.map((key) => Buffer.from(key)),
      ]
      for (const form of forms) {
        const shown = createHash('sha256').update(form).digest('hex').slice(0, 8) // for the message, not the secret
        for (const encoding of ['latin1', 'hex', 'base64'] as const) {
          const whole = form.toString(encoding)
          const middle = whole.slice(4, 4 + Math.min(12, whole.length - 8))
          expect(everything.toLowerCase().includes(middle.toLowerCase()), `${shown} as ${encoding}`).toBe(
            false,
          )
        }
      }
      expect(everything).toContain(bench.station.view().audit.publicKey)
      expect(browser.requests.some((request) => request.url().includes('/api/component'))).toBe(true)
      expect(browser.requests.every((request) => request.url().startsWith(`${bench.origin}/`))).toBe(true)
    })

    test('the console of the browser has no complaint but the refusals that were asked for', async () => {
      const others = browser.complaints.filter((one) => !/status of (400|401|409)/.test(one))
      expect(others).toEqual([])
    })

    test('another browser takes the page over → this one says that its session is over, and shows nothing', async () => {
      const other = await fetch(bench.page.url, { redirect: 'manual' })
      expect(other.status).toBe(303)
      await at('fault').waitFor()
      expect(await text('fault')).toContain('本浏览器的会话已结束')
      expect(await at('people').count()).toBe(0)
    })
  },
)
