import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, needsChromium } from '../../../emulator/page/browser.ts'
import { openTmsBrowser, type TmsBench, type TmsBrowser, tmsBench } from './bench.ts'

describe.skipIf(chromiumPath === undefined)(
  `the editor of parameters 参数 in a real browser${needsChromium}`,
  () => {
    let bench: TmsBench
    let browser: TmsBrowser
    const at = (id: string) => browser.page.getByTestId(id)
    const as = async (name: Parameters<TmsBrowser['logIn']>[0]) => {
      await browser.logOut()
      await browser.logIn(name)
    }
    const open = async (kind: string, name = '') => {
      await at('tab-parameters').click()
      await at('layer-kind').selectOption(kind)
      if (name !== '') await at('layer-name').fill(name)
      await at('layer-open').click()
      await at('keys').waitFor()
    }

    beforeAll(async () => {
      bench = await tmsBench()
      await bench.terminals(['SN1', 'SN2'], { merchant: '898100000000001', merchantName: '老王面馆' })
      browser = await openTmsBrowser(bench.url)
      await browser.logIn('olga')
    })
    afterAll(async () => {
      await browser?.close()
      await bench?.close()
    })

    test('a value out of range → the comparison says so, and the draft is refused with the finding; nothing is stored', async () => {
      await open('product')
      await at('give-noticeSeconds').click()
      await at('value-noticeSeconds').fill('99')
      await at('compare').click()
      await at('finding').waitFor()
      expect(await browser.text('finding')).toContain('noticeSeconds')
      await at('save-draft').click()
      await at('save-draft-reason').fill('try')
      await at('save-draft-yes').click()
      await at('error').waitFor()
      expect(await browser.text('error')).toContain('noticeSeconds')
      await browser.page.keyboard.press('Escape')
      expect(await at('draft').count()).toBe(0)
    })

    test('put right, locked, with a variable → the comparison counts the terminals whose set changes', async () => {
      await at('value-noticeSeconds').fill('8')
      await at('lock-noticeSeconds').click()
      await at('variable-name').fill('hotline')
      await at('variable-add').click()
      await at('variable-hotline').fill('95516')
      await at('compare').click()
      await browser.sees('2 台终端中有 2 台的参数会变')
      expect(await browser.text('changes')).toMatch(/noticeSeconds新增8noticeSeconds锁定/)
    })

    test('a draft needs a reason; handed in, it waits for another person, and who wrote it cannot approve', async () => {
      await at('save-draft').click()
      await at('save-draft-yes').click()
      expect(await browser.text('wrong')).toBe('请填理由。')
      await at('save-draft-reason').fill('提示时间长一些')
      await at('save-draft-yes').click()
      await at('draft').waitFor()
      await at('publish').click()
      expect(await browser.text('publish-ask')).toContain('2 台终端')
      await at('publish-yes').click()
      await browser.sees('须由复核员批准')
      expect(await at('editor').count()).toBe(0)
      expect(await at('approve').count()).toBe(0)
    })

    test('the approver finds it on the overview, sees what changes, approves → it goes to the terminals', async () => {
      await as('bert')
      await at('tab-overview').click()
      await at('waiting').getByRole('link', { name: '产品' }).click()
      await at('changes').waitFor()
      await at('approve').click()
      expect(await browser.text('approve-ask')).toContain('2 台终端')
      await at('approve-yes').click()
      await at('history-table').getByText('已发布').waitFor()
      expect(await browser.text('history-table')).toMatch(/bert 于 .* 批准/)
      expect(await bench.server.store.deployments()).toHaveLength(1)
    })

    test('its deployment says where one would look for a deadline that it has none', async () => {
      const [deployment] = await bench.server.store.deployments()
      await browser.page.goto(`${bench.url}#/deployments/${deployment?.id}`)
      await at('deployment').waitFor()
      expect(await browser.text('deployment')).toContain('没有：等到最后一台或中止')
      expect(await browser.text('deployment')).not.toContain('稍后')
    })

    test('a layer below gives a locked key → refused in words; of one terminal it needs no second person', async () => {
      await as('olga')
      await open('terminal', 'SN1')
      await at('give-noticeSeconds').click()
      await at('compare').click()
      await browser.sees('已被 产品 层锁定'.slice(0, 2))
      await at('finding').waitFor()
      expect(await browser.text('finding')).toContain('锁定')
      await at('give-noticeSeconds').click()
      await at('give-receiptCopies').click()
      await at('value-receiptCopies').selectOption('1')
      await at('save-draft').click()
      await at('save-draft-reason').fill('少用纸')
      await at('save-draft-yes').click()
      await at('publish').click()
      await at('publish-yes').click()
      await at('history-table').getByText('已发布').waitFor()
    })

    test('the terminal’s page says for each key where it comes from and who locked it', async () => {
      await at('tab-terminals').click()
      await at('row-SN1').getByRole('link').click()
      await at('explain-noticeSeconds').waitFor()
      expect(await browser.text('explain-noticeSeconds')).toMatch(/8.*产品 v1.*由产品锁定/)
      expect(await browser.text('explain-receiptCopies')).toMatch(/1.*终端 SN1 v1/)
      expect(await at('explain-locale').count()).toBe(0)
      await at('explain-given').click()
      expect(await browser.text('explain-locale')).toContain('默认值')
    })

    test('a password variable is masked when it is shown again, and kept when the draft is saved with its mask', async () => {
      await open('merchant', '898100000000001')
      await at('variable-name').fill('wifi')
      await at('variable-add').click()
      await at('editor').getByRole('combobox', { name: /wifi/ }).selectOption('password')
      await at('variable-wifi').fill('open sesame 9')
      await at('save-draft').click()
      await at('save-draft-reason').fill('wifi')
      await at('save-draft-yes').click()
      await at('draft').waitFor()
      expect(await at('variable-wifi').inputValue()).toBe('')
      expect(await at('variable-wifi').getAttribute('placeholder')).toBe('••••••')
      await browser.page.reload()
      await at('variable-wifi').waitFor()
      expect(await browser.page.content()).not.toContain('open sesame')
      await at('give-locale').click()
      await at('save-draft').click()
      await at('save-draft-reason').fill('again')
      await at('save-draft-yes').click()
      await browser.sees('草稿 v2')
      const rows = await bench.server.database.reads.query(
        `SELECT content FROM tms_layer WHERE name = ? ORDER BY version DESC LIMIT 1`,
        ['898100000000001'],
      )
      expect(String(rows[0]?.[0])).toContain('open sesame 9')
    })

    test('back to an old version: a draft of it, with a reason', async () => {
      await open('terminal', 'SN1')
      await at('value-receiptCopies').selectOption('2')
      await at('save-draft').click()
      await at('save-draft-reason').fill('两联')
      await at('save-draft-yes').click()
      await at('publish').click()
      await at('publish-yes').click()
      await at('revert-1').click()
      await at('revert-1-reason').fill('还是一联')
      await at('revert-1-yes').click()
      await at('draft').waitFor()
      expect(await browser.text('changes')).toMatch(/receiptCopies.*2.*1/)
    })

    test('a viewer may look and change nothing', async () => {
      await as('vera')
      await open('product')
      expect(await at('give-noticeSeconds').isDisabled()).toBe(true)
      for (const id of ['save-draft', 'publish', 'compare', 'drop-draft'])
        expect(await at(id).count(), id).toBe(0)
      expect([browser.complaints, browser.strangers, bench.faults]).toEqual([[], [], []])
    })
  },
)
