import { describe, expect, it } from 'vitest'
import { makeCharset } from '../../../emulator/device/charset.ts'
import type { Download } from '../../../host-link/host/acquirer.ts'
import { bytesOfText } from '../../../host-link/wire/bytes.ts'
import { storedParameters } from '../../../terminal/parameter/store.ts'
import { journalOf } from '../../rig/audit.ts'
import { readyTill } from '../../rig/failure.ts'
import { altered, messageOf, resigned, typeOf } from '../../rig/frames.ts'
import type { Fate, Passing } from '../../rig/network.ts'
import type { Till, TillOptions } from '../../rig/till.ts'
import { makeUpdateTill } from '../../rig/update-faces.ts'

const charset = makeCharset((bytes) => new TextDecoder('gbk').decode(bytes))
const NEW: Download = {
  answerTimeoutS: 30,
  resends: 5,
  autoSignOff: true,
  merchantName: '新店',
  transactions: 'FFFFFF7F',
}

const tillOf = (download: Download, options: TillOptions = {}) =>
  readyTill({
    gbk: (text) => String.fromCharCode(...charset.encodeGbk(text)),
    acquirer: { download },
    ...options,
  })
const networkOf = (body: Uint8Array): string => String(messageOf(body)?.fields[60] ?? '').slice(8)
/** Network codes of the 0800s that the terminal has sent, sign-ons left out. */
const asked = (till: Till): string[] =>
  till.network.passed
    .filter(({ direction, body }) => direction === 'toHost' && typeOf(body) === '0800')
    .map(({ body }) => networkOf(body))
    .filter((network) => network > '300')
const stored = (till: Till) => storedParameters(journalOf(till))

/** The answer with this 处理要求 in its header, as a host sends it: the header has no MAC. */
function wanting(digit: number, body: Uint8Array): Uint8Array {
  return body.map((byte, at) => (at === 7 ? (byte & 0xf0) | digit : byte))
}

/** Every answer of this type asks for `digit`; every other frame meets its `fate`. */
function asks(
  till: Till,
  digit: number,
  type = '0210',
  fate: (frame: Passing) => Fate = () => ({ kind: 'deliver' }),
): void {
  till.network.fate = (frame) =>
    frame.direction === 'toTerminal' && typeOf(frame.body) === type
      ? { kind: 'replace', body: wanting(digit, frame.body) }
      : fate(frame)
}

/** What becomes of the answers to 364. */
const answers364 =
  (fate: (frame: Passing) => Fate) =>
  (frame: Passing): Fate =>
    frame.direction === 'toTerminal' && networkOf(frame.body) === '364' ? fate(frame) : { kind: 'deliver' }

async function sold(till: Till): Promise<void> {
  await till.order()
  await till.see(/交易成功/)
}
/** A balance enquiry 余额查询: it asks the host and leaves the batch empty. */
async function enquired(till: Till): Promise<void> {
  await till.press('2')
  await till.see(/请刷卡/)
  const [card] = till.cards
  if (card === undefined) throw new Error('no card')
  await till.swipe(card)
  await till.pin(card.pin ?? '')
  await till.see(/余额/)
  await till.press('enter')
}

describe('参数下载 that the host asks for in its header', () => {
  it.each([
    [1, '360', '361'],
    [6, '364', '365'],
  ])(
    'requirement %i → %s after the deal, ended by %s, and all values are in force at once',
    async (digit, begin, end) => {
      const till = await tillOf(NEW)
      asks(till, digit)
      await enquired(till)
      await till.see(/参数已更新/)
      await till.see(/新店/, 30_000)
      await till.toIdle()
      expect(asked(till)).toEqual([begin, end])
      const byMenu = await tillOf(NEW)
      await byMenu.press('4', '9', '3')
      await byMenu.see(/参数已更新/)
      await byMenu.toIdle()
      expect(stored(till)).toEqual(stored(byMenu)) // the same store, by the same way
      expect(stored(till)).toMatchObject({ answerTimeoutSeconds: 30, 'completionAdvice.enabled': true })
    },
  )

  it.each([
    ['360', '361'],
    ['364', '365'],
  ] as const)(
    'an acquirer that asks for %s with each sign-on → one download after the sign-on of the start, values in force',
    async (askDownload, end) => {
      const till = await tillOf(NEW, { acquirer: { download: NEW, askDownload } })
      await till.see(/新店/, 30_000)
      await till.toIdle()
      expect(asked(till).slice(0, 2)).toEqual([askDownload, end])
      expect(stored(till)).toMatchObject({ answerTimeoutSeconds: 30 })
      await sold(till)
    },
  )

  it('requirement 0 or any other → nothing is downloaded', async () => {
    for (const digit of [0, 2, 4, 5, 7, 8, 9]) {
      const till = await tillOf(NEW)
      asks(till, digit)
      await enquired(till)
      await till.toIdle()
      expect(asked(till), `requirement ${digit}`).toEqual([])
    }
  })

  it('a host that never stops asking → one exchange after each deal, one restart in all', async () => {
    const till = await tillOf(NEW)
    till.network.fate = ({ direction, body }) =>
      direction === 'toTerminal' ? { kind: 'replace', body: wanting(6, body) } : { kind: 'deliver' }
    for (let deals = 0; deals < 3; deals++) {
      await enquired(till)
      await till.see(/参数已更新/)
      await till.toIdle()
      await till.time.advance(120_000)
    }
    expect(asked(till)).toEqual(['364', '365', '364', '365', '364', '365'])
    expect(till.screens.filter((screen) => /正在重新启动/.test(screen)).length).toBe(1)
  })

  it('a profile without 364 → 处理要求 6 asks for nothing, 1 for 360 as ever', async () => {
    const till = await tillOf({ resends: 5 }, { setup: { profile: 'standard', parameters: {} } })
    for (const digit of [6, 1]) {
      asks(till, digit)
      await enquired(till)
      await till.toIdle()
    }
    expect(asked(till)).toEqual(['360', '361'])
    expect(stored(till)).toEqual({ reversalAttempts: 5 })
  })

  it('nothing to give → said, not ended, nothing stored', async () => {
    const till = await tillOf({})
    asks(till, 6)
    await enquired(till)
    await till.see(/没有可下载的参数/)
    await till.toIdle()
    expect([asked(till), stored(till)]).toEqual([['364'], {}])
  })

  it('where a download service is named it is asked too', async () => {
    const till = makeUpdateTill({ acquirer: { download: { resends: 5 } } })
    till.machine.powerOn()
    await till.toIdle()
    const before = till.script.calls.length
    asks(till, 6)
    await enquired(till)
    await till.see(/参数已更新/)
    expect(till.script.calls.slice(before)).toContain('ask')
    expect(asked(till)).toEqual(['364', '365'])
  })
})

describe('参数下载 364 that goes wrong', () => {
  // biome-ignore format: one row a fate
  it.each<[string, RegExp, (frame: Passing) => Fate]>([
    ['its answer is lost',           /无应答|超时/,   () => ({ kind: 'lose' })],
    ['the line is cut before it',    /线路|断开|中断/, () => ({ kind: 'drop' })],
    ['the line is cut inside it',    /线路|断开|中断/, () => ({ kind: 'truncate', bytes: 20 })],
    ['its table is another, with the MAC that it had', /MAC/, ({ body }) => ({ kind: 'replace', body: altered(body, { 62: bytesOfText('239') }) })],
  ])('%s → nothing is stored, the end is not said, and the next asking takes it', async (_, told, fate) => {
    const till = await tillOf({ resends: 5 })
    asks(till, 6, '0210', answers364(fate))
    await enquired(till)
    await till.see(told, 120_000)
    await till.toIdle()
    expect([asked(till), stored(till)]).toEqual([['364'], {}])
    asks(till, 6)
    await enquired(till)
    await till.see(/参数已更新/, 30_000)
    await till.toIdle()
    expect(stored(till)).toEqual({ reversalAttempts: 5 })
  })

  // biome-ignore format: one row a form of value, and what the table of tags or of parameters refuses
  it.each([
    ['digits that are none',          '23x'],
    ['a flag that is neither',        '212'],
    ['a text that is cut off',        '22ABC'],
    ['bits that are cut off',         '26ABC'],
    ['a tag that nobody knows',       '9912'],
    ['a tag that stands twice',       '235236'],
    ['a number out of its range',     '1201'],
    ['a good one before a wrong one', '235' + '212'],
  ])('%s → refused whole, named, nothing stored, and the end is not said', async (_, table) => {
    const till = await tillOf({ resends: 5 })
    asks(till, 6, '0210', answers364(({ body }) => ({ kind: 'replace', body: resigned(till, body, { 62: bytesOfText(table) }) })))
    await enquired(till)
    await till.see(/参数有误,未采用/)
    await till.toIdle()
    expect([asked(till), stored(till)]).toEqual([['364'], {}])
    await sold(till)
  })

  it('a value that wants an empty batch, and one is open → refused whole; taken when the settlement’s answer asks again', async () => {
    const till = await tillOf(NEW)
    asks(till, 6)
    await sold(till)
    await till.toIdle()
    expect(till.screens.join('\n')).toMatch(/请先结算/)
    expect([asked(till), stored(till)]).toEqual([['364'], {}])
    asks(till, 6, '0510')
    await till.press('9')
    await till.see(/净额/)
    await till.press('enter')
    await till.see(/参数已更新/, 60_000)
    await till.toIdle()
    expect(stored(till)).toMatchObject({ answerTimeoutSeconds: 30 })
  })

  it('not while a slip waits for paper', async () => {
    const till = await tillOf({ resends: 5 })
    asks(till, 6)
    till.machine.operator.paperOut()
    await sold(till)
    await till.toIdle('cancel')
    await till.time.advance(120_000)
    expect([asked(till), stored(till)]).toEqual([[], {}])
    till.machine.operator.paperIn()
    await till.see(/打印/, 60_000)
    await till.see(/交易成功/, 60_000)
    expect(asked(till)).toEqual([])
    await till.press('enter')
    await till.see(/请撕下/)
    await till.press('enter')
    await till.see(/参数已更新/, 120_000)
    await till.toIdle()
    expect(till.paper.filter(({ text }) => /存根/.test(text)).length).toBe(2)
    expect(stored(till)).toEqual({ reversalAttempts: 5 })
  })

  it('not while a reversal is owed: the asking of the sign-on before it is kept until 冲正 is answered', async () => {
    const till = await tillOf({ resends: 5 })
    let lost = 0
    till.network.fate = ({ direction, body }) => {
      if (direction === 'toHost') return { kind: 'deliver' }
      const type = typeOf(body)
      // A wrong MAC: signs on again before the reversal.
      if (type === '0210') return { kind: 'replace', body: altered(body, { 64: bytesOfText('00000000') }) }
      if (type === '0410') return lost++ < 3 ? { kind: 'lose' } : { kind: 'deliver' }
      return networkOf(body) === '003' ? { kind: 'replace', body: wanting(6, body) } : { kind: 'deliver' }
    }
    await till.order()
    await till.see(/参数已更新/, 3_600_000)
    const answers = till.network.passed
      .filter(({ direction }) => direction === 'toTerminal')
      .map(({ body }) => typeOf(body) + networkOf(body))
    expect(lost).toBe(4)
    expect(answers.lastIndexOf('0410000')).toBeLessThan(answers.indexOf('0810364'))
  })
})
