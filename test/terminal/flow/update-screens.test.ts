import { describe, expect, it } from 'vitest'
import { COMMAND, encodeInspectionArgument, encodeLockArgument } from '../../../host-link/wire/tms/command.ts'
import { cellWidth } from '../../../terminal/screen/width.ts'
import { makeUpdateTill, manifestOf, POLICY, START_SECONDS, type UpdateTill } from '../../rig/update-faces.ts'

const models = ['standard', 'compact'] as const
const locales = ['zh', 'en'] as const

async function idle(model: (typeof models)[number], locale: (typeof locales)[number]): Promise<UpdateTill> {
  const till = makeUpdateTill({ model, setup: { parameters: { locale } } })
  till.machine.powerOn()
  await till.toIdle()
  await till.press('4', 'cancel')
  return till
}
/** What a person reads, without the blanks that lay it out. */
const words = (till: UpdateTill) => till.screen().replace(/\s+/g, ' ').trim()

function expectFits(till: UpdateTill, model: (typeof models)[number]): void {
  const [columns, rows] = model === 'standard' ? [24, 10] : [16, 4]
  const shown = till.screen().split('\n')
  expect(shown.length).toBeLessThanOrEqual(rows)
  for (const row of shown) expect(cellWidth(row), row).toBeLessThanOrEqual(columns)
}

describe('what the merchant sees 商户看到的', () => {
  for (const model of models)
    for (const locale of locales) {
      const zh = locale === 'zh'
      const say = (chinese: RegExp, english: RegExp) => (zh ? chinese : english)

      it(`story: never NOT READY (${model}, ${locale}): the mark of a download moves on idle, a sale begins meanwhile, an interrupted one changes nothing`, async () => {
        const till = await idle(model, locale)
        till.script.view = { state: 'receiving', version: '0.2.0', percent: 37 }
        await till.see(/↓ 37%/, 30_000)
        till.script.view = { ...till.script.view, percent: 100 }
        await till.see(/↓ 99%/, 10_000)
        expectFits(till, model)
        if (model === 'standard') expect(till.screen()).toMatch(/^11-21 09:0\d +↓ 99% +01$/m)
        till.machine.powerOff() // in the middle of it
        till.machine.powerOn()
        await till.order()
        await till.see(say(/交易成功/, /APPROVED/))
      })

      it(`${model}, ${locale}: the prompt names version, notice, deferrals and the deadline, all reached with up and down`, async () => {
        const till = await idle(model, locale)
        till.script.seconds = START_SECONDS
        till.ready('0.2.0', {
          policy: { ...POLICY, deadline: START_SECONDS + 7_200 },
          manifest: manifestOf({}),
        })
        till.script.view = { ...till.script.view, notice: { zh: '更快的结算', en: 'Faster settlement' } }
        await till.see(/(有新版本|New( version)?) 0\.2\.0/, 120_000)
        expect(till.screen()).toMatch(say(/无人时自动升级/, /Starts when idle/)) // before any page is turned
        let all = ''
        for (let page = 0; page < 8; page++) {
          all += ` ${words(till)}`
          expectFits(till, model)
          await till.press('down')
        }
        expect(all).toMatch(say(/1 ?现在升级/, /1 ?Update now/))
        expect(all).toMatch(say(/3 ?稍后/, /3 ?Later/))
        expect(all).toMatch(say(/0\.2\.0 更快的结算/, /0\.2\.0 Faster settlement/))
        expect(all).toMatch(say(/还可推迟 2 次/, /Can wait 2 times/))
        expect(all).toMatch(say(/最迟 2 小时内/, /Within 2 hours/))
        expect(all).toMatch(say(/约需 2 分钟/, /About 2 minutes/))
      })

      it(`${model}, ${locale}: 软件更新 says the state, what it waits for, the version; asks the service; updates now`, async () => {
        const till = await idle(model, locale)
        await till.order()
        await till.see(say(/交易成功/, /APPROVED/))
        await till.toIdle()
        till.ready('0.2.0', { policy: { ...POLICY, automatic: false, windowFrom: 60, windowTo: 61 } })
        await till.press('4', '9', '9')
        let all = ''
        for (let page = 0; page < 8; page++) {
          all += ` ${words(till)}`
          expectFits(till, model)
          await till.press('down')
        }
        expect(all).toMatch(say(/等待升级 0\.2\.0/, /Ready, waits 0\.2\.0/))
        expect(all).toMatch(say(/批次未结算/, /Batch is open/))
        expect(all).toMatch(say(/未到升级时间/, /Not yet its time/))
        expect(all).toMatch(say(/版本 0\.1\.0 F/, /Version 0\.1\.0 F/))
        await till.press('1')
        await till.see(say(/已查询,请稍候/, /Asked, wait/))
        expect(till.script.calls).toContain('ask')
        await till.press('enter')
        await till.press('4', '9', '9', '2')
        await till.see(say(/确认:是/, /Enter:Y/)) // the totals of the batch that is in the way
        expectFits(till, model)
      })

      it(`${model}, ${locale}: a download that was refused → its code and what it means`, async () => {
        const till = await idle(model, locale)
        till.script.view = { state: 'failed', version: '0.2.0', code: 9 }
        await till.press('4', '9', '9')
        await till.see(say(/下载失败 0\.2\.0\s+代码 9/, /Failed 0\.2\.0\s+Code 9/))
        let all = ''
        for (let page = 0; page < 4; page++) {
          all += till.screen().replace(/\s+/g, '')
          expectFits(till, model)
          await till.press('down')
        }
        expect(all).toMatch(say(/流水格式/, /Another/))
        expect(all).toMatch(say(/不符/, /journal/))
      })

      it(`${model}, ${locale}: locked from afar → idle says so at once; a word of whom to call only where the service gave none`, async () => {
        const till = await idle(model, locale)
        const lock = (id: number, zh: string, en: string) =>
          till.command({ id, kind: COMMAND.lock, argument: encodeLockArgument({ zh, en }) })
        lock(1, '请致电95516', 'Call 95516')
        await till.see(say(/终端已被远程锁定/, /REMOTELY LOCKED/), 1_000)
        const refusal = async () => {
          await till.press('1')
          let all = ''
          for (let page = 0; page < 4; page++) {
            all += words(till)
            await till.press('down')
          }
          await till.press('enter')
          return all
        }
        const how = say(/请联系收单机构/, /Call the/)
        const named = await refusal()
        expect(named).toMatch(/95516/)
        expect(named).not.toMatch(how)
        lock(2, '', '')
        expect(await refusal()).toMatch(how)
      })

      it(`${model}, ${locale}: locked from afar, and an inspection asked for, both said at idle`, async () => {
        const till = await idle(model, locale)
        const plan = encodeInspectionArgument({ plan: 'Q4' })
        till.command({ id: 1, kind: COMMAND.inspection, argument: plan })
        await till.see(say(/有巡检任务:4-9-5/, /Inspect: 4-9-5/), 30_000)
        const why = encodeLockArgument({ zh: '审核中', en: 'Under review' })
        till.command(
          { id: 1, kind: COMMAND.inspection, argument: plan },
          { id: 2, kind: COMMAND.lock, argument: why },
        )
        await till.see(say(/终端已被远程锁定/, /REMOTELY LOCKED/), 30_000)
        expectFits(till, model)
        await till.press('1')
        await till.see(say(/审核中/, /Under review/))
        expectFits(till, model)
      })

      it(`${model}, ${locale}: updated to X, and did not hold, continues with Y`, async () => {
        for (const program of ['0.2.0', 'crash 2']) {
          const till = await idle(model, locale)
          till.ready(program)
          await till.see(/Updated to|已升级到|Update failed|升级未成功/, 600_000)
          const said =
            program === '0.2.0'
              ? [/已升级到 0\.2\.0/, /Updated to 0\.2\.0/]
              : [/升级未成功 继续使用 0\.1\.0 代码 17/, /Update failed Stays with 0\.1\.0 Code 17/]
          expect(words(till)).toMatch(said[zh ? 0 : 1] as RegExp)
          expectFits(till, model)
        }
      })
    }
})
