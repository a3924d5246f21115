import { fromHex, holds, same, toHex, type Vector, vector } from './vector.ts'

/** 字符集 and 机具信息: what the device knows by heart. */

// biome-ignore format: one row a text and its GBK bytes (GB 18030-2022, two-byte part)
const texts: readonly (readonly [name: string, text: string, hex: string])[] = [
  ['ascii',        'Sale 123~',  '53616C65203132337E'],
  ['level-1',      '刷卡消费',    'CBA2BFA8CFFBB7D1'],
  ['level-2',      '镕瑄',        'E946AC75'],
  ['gbk-only',     '國龍',        '87F8FD88'],
  ['edges',        '丂侢齄',      '814081FEF7FE'],
  ['punctuation',  '，。￥（）',  'A3ACA1A3A3A4A3A8A3A9'],
  ['mixed',        'A中B',        '41D6D042'],
]

// biome-ignore format: one row a fault and what it decodes to
const faults: readonly (readonly [name: string, hex: string, text: string])[] = [
  ['cut',      '41D6',     'A\ufffd'],
  ['no-lead',  '80',       '\ufffd'],
  ['no-lead-ff', 'FF41',   '\ufffdA'],
  ['no-trail', 'D620',     '\ufffd '],
  ['del-trail', 'D67F41',  '\ufffd\u007fA'],
]

// biome-ignore format: one vector a paragraph
export const factVectors: readonly Vector[] = [
  ...texts.map(([name, text, hex]) =>
    vector(`charset.${name}`, `${text} is ${hex} in GBK, both ways`, async ({ device: { charset } }) => {
      same(toHex(charset.encodeGbk(text)), hex, 'encoded')
      same(charset.decodeGbk(fromHex(hex)), text, 'decoded')
    })),
  ...faults.map(([name, hex, text]) =>
    vector(`charset.fault.${name}`, `${hex} is no GBK: U+FFFD for what is not, the rest as it is`, async ({ device: { charset } }) => {
      same(charset.decodeGbk(fromHex(hex)), text, 'decoded')
    })),
  vector('charset.unknown', 'a character that GBK lacks becomes one question mark', async ({ device: { charset } }) => {
    same(toHex(charset.encodeGbk('A😀B\ud800C')), '413F423F43', 'encoded')
  }),
  vector('charset.empty', 'nothing is nothing', async ({ device: { charset } }) => {
    same(charset.encodeGbk('').length, 0, 'encoded')
    same(charset.decodeGbk(new Uint8Array(0)), '', 'decoded')
  }),
  vector('info.identity', 'maker, model, serial number of at most 20 ASCII characters, runtime with version', async ({ device: { info } }) => {
    const { maker, model, serial, runtime } = info.identity()
    holds(maker !== '' && model !== '', 'no maker or model')
    holds(/^[!-~]{1,20}$/.test(serial), `serial number ${serial}`)
    holds(/^\S+ \d+\.\d+\.\d+/.test(runtime), `runtime ${runtime}`)
    same(info.identity(), info.identity(), 'identity, twice')
  }),
  vector('info.setup', 'the set-up has the forms that the wire needs', async ({ device: { info } }) => {
    const setup = info.setup()
    holds(/^[ -~]{8}$/.test(setup.terminalId), `terminal ${setup.terminalId}`)
    holds(/^[ -~]{15}$/.test(setup.merchantId), `merchant ${setup.merchantId}`)
    holds(/^\d{10}$/.test(setup.tpdu), `TPDU ${setup.tpdu}`)
    holds(['cup', 'cbor'].includes(setup.dialect), `dialect ${setup.dialect}`)
    holds(setup.keySlot >= 0 && setup.keySlot <= 9, `key slot ${setup.keySlot}`)
    same(info.setup(), setup, 'setup, twice')
  }),
]
