import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, needsChromium } from '../../../emulator/page/browser.ts'
import { PASSWORD } from '../node/api-rig.ts'
import { openTmsBrowser, releaseBytes, type TmsBench, type TmsBrowser, tmsBench } from './bench.ts'

const SERIALS = Array.from({ length: 12 }, (_, at) => `SK26A${String(at + 1).padStart(5, '0')}`)

describe.skipIf(chromiumPath === undefined)(
  `a roll-out 下发 in the page, in a real browser${needsChromium}`,
  () => {
    let bench: TmsBench
    let browser: TmsBrowser
    const at = (id: string) => browser.page.getByTestId(id)
    const as = async (name: Parameters<TmsBrowser['logIn']>[0]) => {
      await browser.logOut()
      await browser.logIn(name)
    }
    const release = (version: string, number: number) => ({
      name: `${version}.release`,
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(releaseBytes(version, number, 8_000)),
    })

    beforeAll(async () => {
      bench = await tmsBench()
      await bench.terminals(SERIALS)
      browser = await openTmsBrowser(bench.url)
    })
    afterAll(async () => {
      await browser?.close()
      await bench?.close()
    })

    test('a wrong password → said in words beside it, and nobody is in; the right one → in, by the Enter key', async () => {
      await at('log-in-name').fill('anna')
      await at('log-in-password').fill('not the password')
      await browser.page.keyboard.press('Enter')
      await at('error').waitFor()
      expect(await browser.text('error')).toBe('姓名或密码不对。')
      await at('log-in-password').fill(PASSWORD)
      await browser.page.keyboard.press('Enter')
      await at('figures').waitFor()
      expect(await browser.text('figures')).toContain('12')
    })

    test('a file that is no release → refused at the place; a signed one → its signatures, threshold and who may approve', async () => {
      await at('tab-releases').click()
      const junk = { name: 'x.release', mimeType: 'application/octet-stream', buffer: Buffer.from('junk') }
      await at('release-file').setInputFiles(junk)
      await at('error').waitFor()
      await at('release-file').setInputFiles(release('1.3.0', 7))
      await at('release').waitFor()
      expect(await browser.text('signatures')).toContain('2 个有效，要求 2 个')
      expect(await browser.text('approvals')).toContain('须由复核员批准')
      expect(await at('approve').count()).toBe(0)
      expect(await at('deploy-this').count()).toBe(0)
    })

    test('another person approves; what is agreed to is named by its hash', async () => {
      await as('bert')
      await at('approve').click()
      const [row] = await bench.server.store.releases()
      expect(await browser.text('approve-ask')).toContain(row?.manifest)
      await at('approve-reason').fill('核对过')
      await at('approve-yes').click()
      await browser.sees(/bert 于 .* 批准 · 核对过/)
      expect((await bench.server.store.releases())[0]?.state).toBe('approved')
    })

    test('the wizard: parameters → no window, deadline or deferral can be typed, and it says why', async () => {
      await as('anna')
      await at('deploy-this').click()
      const times = [
        'windowFrom',
        'windowTo',
        'earliest',
        'deadline',
        'deferrals',
        'automatic',
        'allowOpenBatch',
      ]
      const shown = async () => {
        const counts = await Promise.all(times.map((name) => at(`plan-${name}`).count()))
        return counts.reduce((sum, count) => sum + count, 0)
      }
      expect(await shown()).toBe(times.length)
      await at('kind-parameters').click()
      await browser.sees(/参数按其层的生效时间/)
      expect(await shown()).toBe(0)
      await at('kind-program').click()
      expect(await shown()).toBe(times.length)
      await at('tab-releases').click()
      await browser.page.getByText('1.3.0').first().click()
    })

    test('the wizard: wrong values → the service’s word at the place; a preview with numbers per wave', async () => {
      await as('anna')
      await at('deploy-this').click()
      await at('release-choice').selectOption('1')
      await at('plan-reason').fill('修复退货小票')
      await at('plan-bakeHours').fill('0')
      await at('plan-filter').fill('model = ')
      await browser.sees(/筛选第 \d+ 个字符/)
      await at('plan-filter').fill('model = A8')
      await browser.page.waitForFunction(
        () => document.querySelector('[data-testid=plan-count]')?.textContent === '12 台',
      )
      await at('waves-own').click()
      await at('plan-percents').fill('50 25')
      await at('preview-go').click()
      await browser.sees('波次须为递增的百分数')
      expect(await at('create').count()).toBe(0)
      await at('plan-percents').fill('25 50')
      await at('preview-go').click()
      await at('preview-shown').waitFor()
      expect(await browser.text('preview-shown')).toContain('12 台')
      const waves = await Promise.all([0, 1, 2].map((index) => browser.text(`preview-wave-${index}`)))
      expect(waves.map((text) => /(\d+) 台/.exec(text.replace(/第 \d+ 波/, ''))?.[1])).toEqual([
        '3',
        '3',
        '6',
      ])
    })

    test('what was changed after the preview → cannot be made before it is counted again', async () => {
      await at('plan-deferrals').fill('1')
      await browser.sees('请重新计算')
      expect(await at('create').count()).toBe(0)
      await at('preview-go').click()
      await at('create').click()
      expect(await browser.text('create-ask')).toContain('12 台终端')
      await at('create-count').fill('11')
      await at('create-yes').click()
      expect(await browser.text('wrong')).toBe('台数不符。')
      expect(await bench.server.store.deployments()).toEqual([])
      await at('create-count').fill('12')
      await at('create-yes').click()
      await at('deployment').waitFor()
      expect(await browser.text('deployment-state')).toBe('草稿')
    })

    test('handed in; whoever made it cannot approve; the second person is told how many, and types it', async () => {
      await at('submit').click()
      await at('submit-yes').click()
      await browser.sees('须由复核员批准')
      expect(await at('approve').count()).toBe(0)
      await as('bert')
      await at('approve').click()
      expect(await browser.text('approve-ask')).toContain('12 台终端')
      await at('approve-yes').click()
      expect(await browser.text('wrong')).toBe('台数不符。')
      await at('approve-count').fill('12')
      await at('approve-yes').click()
      await browser.sees(/bert 于 .* 批准/)
    })

    test('it goes by itself, wave for wave, and the page follows without being asked', async () => {
      await browser.page.waitForFunction(
        () => document.querySelector('[data-testid=deployment-state]')?.textContent === '已完成',
        undefined,
        { timeout: 30_000 },
      )
      await browser.page.waitForFunction(() =>
        /已确认 ?6/.test(document.querySelector('[data-testid=wave-2]')?.textContent ?? ''),
      )
      expect(await browser.text('gate-2')).toContain('确认 100 %（要求 ≥ 95 %），失败 0 %')
      await browser.page.waitForFunction(() =>
        /已确认/.test(document.querySelector('[data-testid=target-SK26A00001]')?.textContent ?? ''),
      )
    })

    test('paused only with a reason, which all see; aborted only with reason and number; both are in the audit', async () => {
      await as('anna')
      await at('tab-releases').click()
      await at('release-file').setInputFiles(release('1.4.0', 8))
      await at('release').waitFor()
      await as('bert')
      await at('approve').click()
      await at('approve-yes').click()
      await browser.sees(/bert 于 .* 批准/)
      const plan = {
        name: 'slow',
        kind: 'program',
        release: 2,
        target: { kind: 'list', serials: SERIALS },
        dynamic: false,
      }
      const gate = { confirmedPercent: 95, failurePercent: 2, sample: 20, bakeSeconds: 0 }
      const policy = {
        earliest: 0,
        windowFrom: 0,
        windowTo: 0,
        deadline: 0,
        deferrals: 0,
        allowOpenBatch: true,
        automatic: true,
      }
      await as('anna')
      const id = await browser.page.evaluate(
        async (body) => {
          const headers = { 'content-type': 'application/json' }
          const made = await fetch('/api/v1/deployments', {
            method: 'POST',
            headers,
            body: JSON.stringify(body),
          })
          const { row } = (await made.json()) as { row: { id: number } }
          await fetch(`/api/v1/deployments/${row.id}/submit`, { method: 'POST' })
          return row.id
        },
        { ...plan, gate, policy, waves: 'all', ratePerMinute: 1, startAt: 0, reason: 'a test' },
      )
      await as('bert')
      await at('tab-deployments').click()
      await at(`deployment-${id}`).click()
      await at('approve').click()
      await at('approve-count').fill('12')
      await at('approve-yes').click()
      await at('pause').click()
      await at('pause-yes').click()
      expect(await browser.text('wrong')).toBe('请填理由。')
      await at('pause-reason').fill('商户投诉')
      await at('pause-yes').click()
      await browser.page.waitForFunction(
        () => document.querySelector('[data-testid=why]')?.textContent === '暂停：bert: 商户投诉',
      )
      await at('abort').click()
      expect(await browser.text('abort-ask')).toMatch(/未完成的 1[12] 台/)
      const open = /未完成的 (\d+) 台/.exec(await browser.text('abort-ask'))?.[1] ?? ''
      await at('abort-reason').fill('换下一版')
      await at('abort-count').fill(open)
      await at('abort-yes').click()
      await browser.page.waitForFunction(
        () => document.querySelector('[data-testid=deployment-state]')?.textContent === '已中止',
      )
      await at('tab-audit').click()
      await at('verdict').waitFor()
      expect(await browser.text('verdict')).toContain('链完整')
      await at('audit-event').selectOption('deploymentPaused')
      await browser.page.waitForFunction(
        () => document.querySelectorAll('[data-testid=audit] tbody tr').length === 1,
      )
      expect(await browser.text('audit')).toContain('商户投诉')
    })

    test('withdrawn: says how many run it, wants a reason', async () => {
      await at('tab-releases').click()
      await at('release-1').click()
      await at('withdraw').click()
      expect(await browser.text('withdraw-ask')).toMatch(/已在运行它的 \d+ 台终端不变/)
      await at('withdraw-reason').fill('小票仍有误')
      await at('withdraw-yes').click()
      await browser.sees('bert 撤回：小票仍有误')
    })

    test('nothing was complained of, and nothing was asked for elsewhere', () => {
      expect([browser.complaints, browser.strangers, bench.faults]).toEqual([[], [], []])
    })
  },
)
