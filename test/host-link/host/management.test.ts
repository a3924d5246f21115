import { describe, expect, test } from 'vitest'
import { parseService62 } from '../../../host-link/wire/by-use.ts'
import { bytesOfText, textOfBytes } from '../../../host-link/wire/bytes.ts'
import type { Message } from '../../../host-link/wire/message.ts'
import { ACQUIRER, code, inspection, request, service, serviceRig, signedOn } from './service-rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()
const message = ({ fields }: Message) =>
  parseService62(fields[62] instanceof Uint8Array ? fields[62] : new Uint8Array())

const RECORD =
  `010021030040050${`11${'SHUAKA 0.1.0'.padEnd(60)}`}` +
  '126013318019002012102332' +
  '5127FFA0018051012300456998'

describe.each(STORE_KINDS)('management, %s books', (kind) => {
  const setUp = async (more: Partial<typeof ACQUIRER> = {}) => {
    const rig = serviceRig(fresh(kind), { acquirer: { ...ACQUIRER, ...more } })
    return { rig, terminal: await signedOn(rig) }
  }

  test('service information 服务信息: one an answer, oldest first, more while more follow, only this terminal’s', async () => {
    const { terminal } = await setUp({
      messages: [
        { number: 3, date: '20261101', text: 'FIRST' },
        { number: 5, date: '20261105', text: 'OTHERS', terminal: '10000002' },
        { number: 6, date: '20261106', text: 'OWN', terminal: '10000001' },
        { number: 9, date: '20261109', text: 'LAST' },
      ],
    })
    const asked = async (newest: number) => {
      const answer = await terminal.ask(service(terminal, newest))
      expect(answer.fields[39]).toBe('00')
      return message(answer)
    }
    expect(await asked(0)).toEqual({ more: true, number: 3, date: '20261101', text: 'FIRST' })
    expect(await asked(3)).toEqual({ more: true, number: 6, date: '20261106', text: 'OWN' })
    expect(await asked(6)).toEqual({ more: false, number: 9, date: '20261109', text: 'LAST' })
    expect(await asked(9)).toBeUndefined()
    expect(await asked(999_999)).toBeUndefined()
  })

  test('service information: no number in field 62 → 30', async () => {
    const { terminal } = await setUp()
    expect(await code(terminal, request(terminal, 'serviceInfo'))).toBe('30')
    expect(
      await code(terminal, request(terminal, 'serviceInfo', { more: { 62: bytesOfText('12345') } })),
    ).toBe('30')
  })

  // biome-ignore format: one row a way
  const ways = [
    ['参数下载 360',    'parameters',    'parametersEnd'   ],
    ['TMS参数下载 364', 'tmsParameters', 'tmsParametersEnd'],
  ] as const

  test.each(ways)(
    '%s: the acquirer’s parameters, signed; the end is answered 00, signed',
    async (_, name, end) => {
      const { terminal } = await setUp({ download: { answerTimeoutS: 45, tips: false, phone1: '123' } })
      const [frame] = await terminal.exchange(untraced(terminal, name))
      if (!frame) expect.fail('no answer')
      const opened = terminal.opened(frame)
      expect(opened.macRight).toBe(true)
      expect(opened.message.mti).toBe('0810')
      const field = opened.message.fields[62]
      expect(field instanceof Uint8Array && textOfBytes(field)).toBe(`124514123           180`)
      const [last] = await terminal.exchange(untraced(terminal, end))
      expect(last && terminal.opened(last).message.fields[39]).toBe('00')
      expect(last && terminal.opened(last).macRight).toBe(true)
    },
  )

  test.each(ways)(
    '%s: none to give → 00 without field 62; a wrong MAC → A0, nothing given',
    async (_, name) => {
      const { terminal } = await setUp()
      const answer = await terminal.ask(untraced(terminal, name))
      expect([answer.fields[39], answer.fields[62]]).toEqual(['00', undefined])
      const { 64: _64, ...unsigned } = untraced(terminal, name).fields
      const refused = await terminal.ask({ mti: '0800', fields: unsigned })
      expect([refused.fields[39], refused.fields[62]]).toEqual(['A0', undefined])
    },
  )

  test('status upload 状态上送: without a MAC; the latest of each terminal is kept, another form → 30 and nothing', async () => {
    const { rig, terminal } = await setUp()
    const upload = (record: string, more = {}) => {
      const { 64: _64, ...fields } = untraced(terminal, 'statusUpload').fields
      return { mti: '0820', fields: { ...fields, 62: bytesOfText(record), ...more } }
    }
    const answer = await terminal.ask(upload(RECORD))
    expect([answer.fields[39], answer.fields[64]]).toEqual(['00', undefined])
    const signed = terminal.signed(upload(RECORD)) // a MAC that nobody asked for
    expect((await terminal.ask(signed)).fields[64]).toBeUndefined()
    rig.clock.time = '230000'
    const later = RECORD.replace('021', '020')
    expect(await code(terminal, upload(later))).toBe('00')
    expect(await code(terminal, upload(RECORD.slice(1)))).toBe('30')
    expect(await code(terminal, upload(RECORD, { 42: '898320153119999' }))).toBe('03')
    expect(await rig.store.reports('status')).toEqual([
      {
        terminalId: '10000001',
        kind: 'status',
        number: 0,
        at: { date: '20261121', time: '230000' },
        text: later,
      },
    ])
  })

  test('inspection 巡检: each is kept, once however often it comes; another form → 30 and nothing', async () => {
    const { rig, terminal } = await setUp()
    const first = inspection(terminal, 'E0042;printer=ok;')
    expect(await code(terminal, first)).toBe('00')
    expect(await code(terminal, first)).toBe('00')
    expect(await code(terminal, inspection(terminal, 'E0043;printer=jam;'))).toBe('00')
    expect(await code(terminal, inspection(terminal, 'no'))).toBe('30')
    expect((await rig.store.reports('inspection')).map(({ text }) => text)).toEqual([
      'E0043;printer=jam;',
      'E0042;printer=ok;',
    ])
    const [newest] = await rig.store.reports('inspection')
    expect(newest).toMatchObject({ terminalId: '10000001', at: { date: '20261121', time: '220452' } })
  })

  test('inspection unsigned → A0, nothing is kept', async () => {
    const { rig, terminal } = await setUp()
    const { mti, fields } = inspection(terminal, 'E0042;')
    const { 64: _64, ...unsigned } = fields
    expect(await code(terminal, { mti, fields: unsigned })).toBe('A0')
    expect(await rig.store.reports('inspection')).toEqual([])
  })
})

/** 360 to 365 have no trace. */
function untraced(
  terminal: Awaited<ReturnType<typeof signedOn>>,
  name: 'parameters' | 'parametersEnd' | 'tmsParameters' | 'tmsParametersEnd' | 'statusUpload',
): Message {
  const { mti, fields } = request(terminal, name)
  const { 11: _11, 64: _64, ...kept } = fields
  return terminal.signed({ mti, fields: kept })
}
