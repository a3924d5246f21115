import { expect, test } from 'vitest'
import { bytesOfText, hexOf } from '../../../host-link/wire/bytes.ts'
import { DOWNLOAD, type Downloaded, download62, parseDownload62 } from '../../../host-link/wire/download.ts'
import { WireError } from '../../../host-link/wire/message.ts'

test('download 参数下载: tags and values of fixed width, by hand', () => {
  const made = download62({
    answerTimeoutS: 60,
    redials: 3,
    phone1: '02151290000',
    tips: false,
    tipPercent: 5,
    manualEntry: true,
    merchantName: '\xca\xbe\xc0\xfd', // 示例
    transactions: 'FFA00180',
  })
  expect(hexOf(made)).toBe(
    hexOf(
      bytesOfText(
        `1260133140215129000${'0   '}18019052` + `0122\xca\xbe\xc0\xfd${' '.repeat(36)}26\xff\xa0\x01\x80`,
      ),
    ),
  )
  expect(download62({})).toEqual(new Uint8Array())
})

test('download: widths and tags are those of the specification', () => {
  const widths = {
    12: 2,
    13: 1,
    14: 14,
    15: 14,
    16: 14,
    17: 14,
    18: 1,
    19: 2,
    20: 1,
    21: 1,
    22: 40,
    23: 1,
    24: 1,
    25: 1,
  }
  expect(Object.fromEntries(DOWNLOAD.map(({ tag, width }) => [tag, width]))).toEqual({ ...widths, 26: 4 })
})

// biome-ignore format: one row a value
test.each<[string, Downloaded]>([
  ['too large',         { answerTimeoutS: 100 }],
  ['negative',          { redials: -1 }],
  ['not whole',         { tipPercent: 1.5 }],
  ['too long',          { phone1: '123456789012345' }],
  ['no hex digits',     { transactions: 'FFA0018' }],
])('download: a value that is %s → WireError', (_, parameters) => {
  expect(() => download62(parameters)).toThrow(WireError)
})

test('download: what was built is read again, in any order; nothing is nothing', () => {
  const all: Downloaded = {
    ...{
      answerTimeoutS: 60,
      redials: 0,
      phone1: '02151290000',
      phone2: '',
      phone3: '1',
      managementPhone: '10010',
    },
    ...{
      tips: false,
      tipPercent: 15,
      manualEntry: true,
      autoSignOff: false,
      merchantName: '\xca\xbe\xc0\xfd',
    },
    ...{ resends: 3, offlineUpload: 1, masterKeyIndex: 9, transactions: 'FFA00180' },
  }
  expect(parseDownload62(download62(all))).toEqual(all)
  expect(parseDownload62(new Uint8Array())).toEqual({})
  expect(parseDownload62(bytesOfText('2011260'))).toEqual({ manualEntry: true, answerTimeoutS: 60 })
})

test.each(['1', '12', '126', '1160', '99', '20212', '12601260', '12x0', '26\xff\xa0\x01'])(
  'download: %j is refused → WireError',
  (text) => {
    expect(() => parseDownload62(bytesOfText(text))).toThrow(WireError)
  },
)
