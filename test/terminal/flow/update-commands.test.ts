import { describe, expect, it } from 'vitest'
import { decodeCbor } from '../../../host-link/wire/cbor.ts'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import {
  COMMAND,
  encodeInspectionArgument,
  encodeLockArgument,
  encodeLogArgument,
  encodeMessageArgument,
} from '../../../host-link/wire/tms/command.ts'
import { makeSearcher, textSink } from '../../rig/leak.ts'
import { makeUpdateTill, type UpdateTill } from '../../rig/update-faces.ts'

const none = new Uint8Array(0)
const message = (id: number, number: number, zh = '周五维护', en = 'Service on Friday') => ({
  id,
  kind: COMMAND.message,
  argument: encodeMessageArgument({ number, zh, en }),
})
const lock = (id: number) => ({
  id,
  kind: COMMAND.lock,
  argument: encodeLockArgument({ zh: '商户变更审核中', en: 'Merchant under review' }),
})
const unlock = (id: number) => ({ id, kind: COMMAND.unlock, argument: none })
const log = (id: number, bytes = 2_000) => ({ id, kind: COMMAND.log, argument: encodeLogArgument({ bytes }) })
const inspection = (id: number) => ({
  id,
  kind: COMMAND.inspection,
  argument: encodeInspectionArgument({ plan: '2026-Q4' }),
})

async function idle(options: Parameters<typeof makeUpdateTill>[0] = {}): Promise<UpdateTill> {
  const till = makeUpdateTill(options)
  till.machine.powerOn()
  await till.toIdle()
  return till
}
async function restart(till: UpdateTill): Promise<void> {
  till.machine.powerOff()
  till.machine.powerOn()
  await till.toIdle()
}
const results = (till: UpdateTill) =>
  (till.script.parts?.facts().commandResults ?? []).map(({ id, code, bytes }) => [
    id,
    code,
    Buffer.from(bytes).toString(),
  ])

describe('commands 远程命令', () => {
  it('a message → unread mark at idle, read among the messages, once however often its order comes', async () => {
    const till = await idle()
    for (let times = 0; times < 3; times++) till.command(message(1, 7))
    await till.see(/有新服务信息/, 30_000)
    await till.press('8', '3')
    await till.see(/1 \*11-21 周五维护/)
    expect(till.screen()).not.toMatch(/^2 /m)
    await till.press('1')
    await till.see(/周五维护/)
    await till.press('enter')
    await till.see(/1 11-21/)
    expect(till.paper.map(({ text }) => text).join('\n')).toMatch(/2026-11-21 {2}7\n周五维护/)
    await restart(till)
    till.command(message(1, 7))
    await till.time.advance(30_000)
    expect(till.screen()).not.toMatch(/有新服务信息/)
    expect(results(till)).toEqual([[1, CODE.ok, '']])
  })

  it('in English the English text is kept; one too long for the store is refused and named', async () => {
    const till = await idle({ setup: { parameters: { locale: 'en' } } })
    till.command(message(1, 1), message(2, 2, 'x', 'long '.repeat(30)), message(3, 3, '长'.repeat(100), 'ok'))
    await till.see(/New message/, 30_000)
    await till.press('8', '3')
    await till.see(/\*11-21 Service/)
    expect(results(till).map(([, code]) => code)).toEqual([CODE.ok, CODE.ok, CODE.ok])
    const zh = await idle()
    zh.command(message(3, 3, '长'.repeat(100), 'ok'))
    expect(results(zh)).toEqual([[3, CODE.noSpace, '']])
  })

  it('a merchant without 服务信息 of its acquirer reads what the service sent all the same', async () => {
    const till = await idle({ setup: { parameters: { 'serviceInfo.enabled': false } } })
    await till.press('8', '3')
    await till.time.advance(1_000)
    expect(till.screen()).not.toMatch(/服务信息/)
    await till.press('cancel')
    till.command(message(1, 7))
    await till.see(/有新服务信息/, 60_000)
    await till.press('8', '3')
    await till.see(/1 \*11-21 周五维护/)
  })

  it('lock 锁机 → idle and every sale say so and why; what is owed is sent; power and restarts do not unlock', async () => {
    const till = await idle()
    till.network.fate = (frame) => ({ kind: frame.direction === 'toTerminal' ? 'lose' : 'deliver' })
    await till.order()
    await till.time.advance(70_000)
    till.command(lock(4))
    till.network.fate = () => ({ kind: 'deliver' })
    await restart(till)
    await till.time.advance(120_000)
    expect(await till.net(2)).toBe(0) // the reversal went although it is locked
    await till.see(/终端已被远程锁定/, 30_000)
    expect(till.screen()).toMatch(/商户变更审核中/)
    await till.press('1')
    await till.see(/终端已被远程锁定\s+商户变更审核中\s+未发送,未扣款/)
    await till.press('enter')
    await till.swipe(till.cards[0] as never)
    await till.see(/终端已被远程锁定\n/)
    await till.press('enter')
    await till.press('9')
    await till.see(/确认:是/) // and a batch can be settled
    await till.press('cancel')
    await till.see(/1 消费/)
    till.command(lock(4), unlock(5))
    await till.order()
    await till.see(/交易成功/)
    expect(results(till)).toEqual([
      [4, CODE.ok, ''],
      [5, CODE.ok, ''],
    ])
  })

  it('an order of before once more → nothing: a lock that was undone does not come back', async () => {
    const till = await idle()
    till.command(lock(4), unlock(5))
    till.command()
    till.command(lock(4))
    await till.order()
    await till.see(/交易成功/)
    expect(results(till)).toEqual([])
  })

  it('a command that is not on the list, or is malformed → refused by its code, the others done', async () => {
    const till = await idle()
    till.command(
      { id: 1, kind: 99, argument: none },
      { id: 2, kind: COMMAND.message, argument: new Uint8Array([0xff]) },
      { id: 3, kind: COMMAND.lock, argument: new Uint8Array([0xa1, 0]) },
      { id: 4, kind: COMMAND.report, argument: none },
    )
    expect(results(till).map(([id, code]) => [id, code])).toEqual([
      [1, CODE.notForMe],
      [2, CODE.malformed],
      [3, CODE.malformed],
      [4, CODE.ok],
    ])
    expect(till.script.calls).toContain('report')
    await till.order()
    await till.see(/交易成功/)
  })

  it('results stand over a power cut until an order comes without their command', async () => {
    const till = await idle()
    till.command(message(1, 1), { id: 2, kind: COMMAND.report, argument: none })
    await restart(till)
    expect(results(till)).toHaveLength(2)
    till.command({ id: 2, kind: COMMAND.report, argument: none })
    expect(results(till)).toEqual([[2, CODE.ok, '']])
    till.command()
    expect(results(till)).toEqual([])
  })

  it('eight commands with the largest ids → all their results fit', async () => {
    const till = await idle()
    const first = 9_000_000_000_000_000
    till.command(
      ...Array.from({ length: 8 }, (_, at) => ({ id: first + at, kind: COMMAND.report, argument: none })),
    )
    expect(results(till)).toHaveLength(8)
  })

  it('log 日志: what the terminal is and its entries, in pieces, at most as asked; no card, track, PIN or key in it', async () => {
    const till = await idle()
    for (let sale = 0; sale < 3; sale++) {
      await till.order()
      await till.see(/交易成功/)
      await till.toIdle()
    }
    till.command(log(1, 32_768), log(2, 300))
    const logs = [1, 2].map((id) => logOf(till, id))
    expect(logs[0]).toMatch(/^shuaka 0\.1\.0 10000001 2026-11-21/)
    expect(logs[0]?.match(/ approved 8880 00 /g)).toHaveLength(3)
    expect(logs[1]?.length).toBeLessThanOrEqual(300)
    expect(logs[1]).toMatch(/^shuaka/)
    const secrets = till.cards.flatMap(({ name, pan, track2 }) => [
      { name: `pan of ${name}`, value: pan },
      { name: `track of ${name}`, value: track2 },
    ])
    for (const { pin = '' } of till.cards) expect(logs.join()).not.toContain(pin)
    const leaks = makeSearcher(secrets).search([
      textSink('log', logs),
      ...till.published.map(([topic, bytes]) => ({ name: topic, bytes })),
    ])
    expect(leaks).toEqual([])
    expect(results(till).map(([, code]) => code)).toEqual([CODE.ok, CODE.ok])
  })

  it('a log that the line does not take → no result, and it goes with the next order', async () => {
    let takes = false
    const sent: Uint8Array[] = []
    const till = await idle({
      device: {
        inbox: {
          open: (events) => {
            events.online()
            return {
              publish: (_topic, bytes) => {
                if (takes) sent.push(bytes)
                return takes ? 'queued' : 'full'
              },
              close: () => undefined,
            }
          },
        },
      },
    })
    till.command(log(1), { id: 2, kind: COMMAND.report, argument: none })
    expect(results(till)).toEqual([[2, CODE.ok, '']])
    takes = true
    till.command(log(1), { id: 2, kind: COMMAND.report, argument: none })
    expect(sent).toHaveLength(1)
    expect(results(till).map(([id]) => id)).toEqual([2, 1])
  })

  it('inspection 巡检 → asked at idle, its plan shown, one question after the other, the result in the report', async () => {
    const till = await idle()
    till.command(inspection(6))
    await till.see(/有巡检任务:4-9-5/, 30_000)
    expect(results(till)).toEqual([])
    await restart(till)
    till.command(inspection(6)) // not done: the service asks again
    await till.press('4', '9', '5')
    await till.see(/2026-Q4/)
    await till.press('enter')
    await till.see(/请输入工程师编号/)
    await till.type('12')
    await till.press('enter')
    for (const question of [/显示/, /按键/, /读卡/, /打印/, /外壳/, /接线/, /通讯/]) {
      await till.see(question)
      await till.press(question.test('读卡') ? 'cancel' : 'enter')
    }
    await till.see(/巡检完成/)
    await till.toIdle()
    expect(till.screen()).not.toMatch(/有巡检任务/)
    await restart(till)
    till.command(inspection(6))
    expect(till.screen()).not.toMatch(/有巡检任务/)
    expect(results(till)).toEqual([
      [6, CODE.ok, 'E12;screen=good;keys=good;reader=bad;printer=good;case=good;cables=good;line=good;'],
    ])
  })

  it('an inspection that is withdrawn is asked for no more', async () => {
    const till = await idle()
    till.command(inspection(6))
    await till.see(/有巡检任务/, 30_000)
    till.command()
    await till.time.advance(30_000)
    expect(till.screen()).not.toMatch(/有巡检任务/)
  })

  it('处理要求 6 in the header of an answer → asks the service, once the transaction is over', async () => {
    const till = await idle()
    till.network.fate = (frame) => {
      if (frame.direction === 'toHost') return { kind: 'deliver' }
      const body = frame.body.slice()
      body[7] = ((body[7] ?? 0) & 0xf0) | 6
      return { kind: 'replace', body }
    }
    await till.order()
    await till.see(/交易成功/)
    expect(till.script.calls).not.toContain('ask')
    till.network.fate = () => ({ kind: 'deliver' })
    await till.toIdle()
    expect(till.script.calls.filter((call) => call === 'ask')).toHaveLength(1)
  })
})

function logOf(till: UpdateTill, id: number): string {
  let text = ''
  for (const [topic, bytes] of till.published) {
    const value = topic === 'log' ? decodeCbor(bytes) : undefined
    if (!(value instanceof Map) || value.get(0) !== id) continue
    expect(value.get(1)).toBe(text.length)
    const piece = value.get(3)
    if (piece instanceof Uint8Array) text += Buffer.from(piece).toString()
  }
  return text
}
