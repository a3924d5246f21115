import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../host-link/wire/dialect.ts'
import { parseHeader } from '../../../host-link/wire/envelope.ts'
import { FIELD_NAMES, MTI_NAMES } from '../../../host-link/wire/field-names.ts'
import { fieldNumbered } from '../../../host-link/wire/field-table.ts'
import { profileNamed, profiles, transactionIn } from '../../../host-link/wire/profile.ts'
import { isApproval, RESPONSE_CODES, responseOf } from '../../../host-link/wire/response-code.ts'
import { answerMti, type Transaction, transactions } from '../../../host-link/wire/transaction.ts'

describe('response codes 应答码', () => {
  test('the approvals are 00, 10, 11, A2, A4, A5 and A6, and no other of all codes there can be', () => {
    const characters = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ']
    const codes = characters.flatMap((a) => characters.map((b) => a + b))
    expect(codes.filter(isApproval)).toEqual(['00', '10', '11', 'A2', 'A4', 'A5', 'A6'])
    for (const odd of ['', '0', '000', '0 ', ' 0']) expect(isApproval(odd)).toBe(false)
  })

  test('each code has one row', () => {
    const codes = RESPONSE_CODES.map((row) => row.code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes.length).toBe(50)
  })

  test('03 is 无效商户 and 04 is 没收卡', () => {
    expect(responseOf('03')).toMatchObject({ class: 'C', zh: '无效商户' })
    expect(responseOf('04')).toMatchObject({ class: 'D', zh: '此卡被没收' })
  })

  test('77 and 95 are settled by the terminal itself: batches, totals', () => {
    expect(responseOf('77')).toMatchObject({ class: 'B', zh: '批次不一致,请结算' })
    expect(responseOf('95')).toMatchObject({ class: 'B', zh: '对账不符,将重新上送' })
  })

  test('a code nobody defined declines: 交易失败', () => {
    expect(responseOf('Z9')).toEqual({ class: 'C', zh: '交易失败', en: 'Transaction failed' })
  })

  test('every text is there, English at most 32 characters', () => {
    for (const { zh, en } of RESPONSE_CODES) {
      expect(zh).not.toBe('')
      expect(en).toMatch(/^[ -~]{1,32}$/)
    }
  })
})

describe('transactions', () => {
  // biome-ignore format: one row a transaction, from the specification's matrix
  test.each([
    ['sale',             '0200', '000000',  '00',      '22',      '000',     'reverse', 'debit' ],
    ['voidSale',         '0200', '200000',  '00',      '23',      '000',     'reverse', 'credit'],
    ['refund',           '0220', '200000',  '00',      '25',      '000',     'forward', 'credit'],
    ['balanceEnquiry',   '0200', '310000',  '00',      '01',      '000',     'nothing', 'not'   ],
    ['preauth',          '0100', '030000',  '06',      '10',      '000',     'reverse', 'not'   ],
    ['preauthVoid',      '0100', '200000',  '06',      '11',      '000',     'reverse', 'not'   ],
    ['completion',       '0200', '000000',  '06',      '20',      '000',     'reverse', 'debit' ],
    ['completionVoid',   '0200', '200000',  '06',      '21',      '000',     'reverse', 'credit'],
    ['completionAdvice', '0220', '000000',  '06',      '24',      '000',     'forward', 'debit' ],
    ['instalment',       '0200', '000000',  '64',      '22',      '000',     'reverse', 'debit' ],
    ['instalmentVoid',   '0200', '200000',  '64',      '23',      '000',     'reverse', 'credit'],
    ['pointsSale',       '0200', '000000',  '65',      '22',      '000',     'reverse', 'debit' ],
    ['pointsVoid',       '0200', '200000',  '65',      '23',      '000',     'reverse', 'credit'],
    ['pointsEnquiry',    '0200', '310000',  '65',      '03',      '000',     'nothing', 'not'   ],
    ['topUpVerify',      '0100', '330000',  '00',      '01',      '000',     'nothing', 'not'   ],
    ['topUp',            '0200', '630000',  '00',      '48',      '000',     'reverse', 'credit'],
    ['topUpConfirm',     '0220', '630000',  '00',      '48',      '000',     'forward', 'not'   ],
    ['accountTopUp',     '0200', '400000',  '66',      '49',      '000',     'reverse', 'not'   ],
    ['reversal',         '0400', undefined, undefined, undefined, '000',     'nothing', 'not'   ],
    ['settlement',       '0500', undefined, undefined, '00',      '201',     'nothing', 'not'   ],
    ['batchUpload',      '0320', undefined, undefined, '00',      '201',     'nothing', 'not'   ],
    ['batchEnd',         '0320', undefined, undefined, '00',      undefined, 'nothing', 'not'   ],
    ['signOn',           '0800', undefined, undefined, '00',      undefined, 'nothing', 'not'   ],
    ['signOff',          '0820', undefined, undefined, '00',      '002',     'nothing', 'not'   ],
    ['echo',             '0820', undefined, undefined, '00',      '301',     'nothing', 'not'   ],
    ['parameters',       '0800', undefined, undefined, '00',      '360',     'nothing', 'not'   ],
    ['tmsParameters',    '0800', undefined, undefined, '00',      '364',     'nothing', 'not'   ],
    ['tmsParametersEnd', '0800', undefined, undefined, '00',      '365',     'nothing', 'not'   ],
    ['statusUpload',     '0820', undefined, undefined, '00',      '362',     'nothing', 'not'   ],
    ['statusInquiry',    '0820', undefined, undefined, '00',      '801',     'nothing', 'not'   ],
  ] as const)('%s', (name, mti, processingCode, condition, type, network, whenLost, settles) => {
    expect(transactions[name]).toMatchObject({ name, mti, processingCode, condition, type, network, whenLost, settles })
  })

  test('what UnionPay has no code for exists only where a profile gives its codes', () => {
    const rows: readonly Transaction[] = Object.values(transactions)
    for (const { name, own } of rows) {
      expect(transactionIn(profileNamed('standard'), name) === undefined, name).toBe(own)
      expect(transactionIn(profileNamed('mall'), name), name).toMatchObject({ name })
    }
  })

  test('TMS参数下载 364 and its end: not in standard, for no public text says what they carry; both where our own codes are', () => {
    const spoken = (profile: string) =>
      (['tmsParameters', 'tmsParametersEnd'] as const).map(
        (name) => transactionIn(profileNamed(profile), name)?.network,
      )
    expect(spoken('standard')).toEqual([undefined, undefined])
    for (const profile of ['member', 'mall']) expect(spoken(profile)).toEqual(['364', '365'])
  })

  test('a profile that gives other codes is obeyed, also for a row of UnionPay', () => {
    const codes = { mti: '0200', processingCode: '211000', condition: '00', type: '25', network: '000' }
    const profile = { ...profileNamed('mall'), codes: { refund: codes } }
    expect(transactionIn(profile, 'refund')).toMatchObject({
      ...codes,
      whenLost: 'forward',
      settles: 'credit',
    })
    expect(transactionIn(profile, 'transfer')).toBeUndefined()
  })

  test('no two rows look the same on the wire', () => {
    const rows: readonly Transaction[] = Object.values(transactions)
    const keys = rows.map((row) => [row.mti, row.processingCode, row.condition, row.type, row.network].join())
    expect(new Set(keys).size).toBe(rows.length)
  })

  test('what moves or tells money carries a MAC; sign-on, sign-off and echo do not', () => {
    const rows: readonly Transaction[] = Object.values(transactions)
    expect(rows.filter((row) => !row.authenticated).map((row) => row.name)).toEqual([
      'signOn',
      'signOff',
      'echo',
      'statusUpload',
    ])
    expect(rows.filter((row) => !row.traced).map((row) => row.name)).toEqual([
      'echo',
      'parameters',
      'parametersEnd',
      'tmsParameters',
      'tmsParametersEnd',
      'statusUpload',
    ])
  })

  test.each([
    ['0200', '0210'],
    ['0400', '0410'],
    ['0800', '0810'],
    ['0820', '0830'],
  ])('%s is answered by %s', (request, answer) => {
    expect(answerMti(request)).toBe(answer)
  })

  test.each(['0210', '200', '', '02a0', '0290'])('%j is no request → RangeError', (mti) => {
    expect(() => answerMti(mti)).toThrow(RangeError)
  })
})

describe('profiles', () => {
  test('mall differs from member in its name and the store number alone', () => {
    const { name, storeNumber, ...mall } = profileNamed('mall')
    const { name: _name, storeNumber: _none, ...member } = profileNamed('member')
    expect(mall).toEqual(member)
    expect([name, storeNumber]).toEqual(['mall', { field: 57, tag: '01' }])
  })

  test('standard: double-length keys, cup-ecb and cmac, clear tracks, and no trust in an unsigned decline', () => {
    expect(profileNamed('standard')).toMatchObject({
      signOn: '003',
      mac: { cup: 'cup-ecb', cbor: 'cmac' },
      trackEncryption: false,
      unauthenticatedDecline: 'refuse',
    })
  })

  test('every profile has a header that asks for nothing, and codes that fit their fields', () => {
    for (const [name, profile] of Object.entries(profiles)) {
      if (!profile) continue
      expect(profile.name).toBe(name)
      expect(parseHeader(profile.headerTemplate)).toMatchObject({ state: '0', requirement: '0' })
      const { mti, type, network, booked, unknown } = profile.inquiry
      expect([type + network, booked, unknown]).toEqual(['00801', '00', '25'])
      encodeMessage('cup', { mti, fields: { 39: booked, 60: `${type}000001${network}` } })
      expect(profile.trackEncryption && profile.signOn !== '004').toBe(false)
    }
  })

  test.each(['', 'unknown', '__proto__', 'toString'])('%j is no profile → RangeError', (name) => {
    expect(() => profileNamed(name)).toThrow(RangeError)
  })
})

describe('names', () => {
  test('every element has both names, and no name lacks its element', () => {
    const numbers = fieldNumbered.flatMap((row) => (row ? [String(row.number)] : []))
    const named = Object.keys(FIELD_NAMES).filter((path) => /^\d+$/.test(path))
    expect(named).toEqual(numbers)
  })

  test('every transaction and its answer has a named message type', () => {
    for (const { mti } of Object.values(transactions)) {
      expect(MTI_NAMES[mti]).toBeDefined()
      expect(MTI_NAMES[answerMti(mti)]).toBeDefined()
    }
  })
})
