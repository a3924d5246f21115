import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  buildHeader,
  decodeCupFrameBody,
  encodeCupFrameBody,
  parseHeader,
  requirementOf,
  swapTpdu,
} from '../../../host-link/wire/envelope.ts'
import { WireError } from '../../../host-link/wire/message.ts'
import { bytes } from './samples.ts'

describe('TPDU', () => {
  test('a reply swaps the addresses: 6006010000 ↔ 6000000601, as a published pair does', () => {
    expect(swapTpdu('6006010000')).toBe('6000000601')
    expect(swapTpdu(swapTpdu('6000030000'))).toBe('6000030000')
  })

  test.each(['6100030000', '60000300', '60000300000', '600003000A', ''])('%j is refused', (tpdu) => {
    expect(() => swapTpdu(tpdu)).toThrow(WireError)
  })
})

describe('header', () => {
  test('603100311108 is 60, version 31, normal, nothing asked, 311108', () => {
    const parts = {
      applicationClass: '60',
      version: '31',
      state: '0',
      requirement: '0',
      subVersion: '311108',
    }
    expect(parseHeader('603100311108')).toEqual(parts)
    expect(buildHeader(parts)).toBe('603100311108')
  })

  test.each([
    [0, 'none'],
    [1, 'downloadParameters'],
    [2, 'uploadStatus'],
    [3, 'signOn'],
    [4, 'updateCaKeys'],
    [5, 'updateIcParameters'],
    [6, 'tmsDownload'],
    [7, 'downloadBlacklist'],
    [8, undefined],
    [9, undefined],
  ])('处理要求 %i asks for %s', (nibble, requirement) => {
    expect(requirementOf(`60310${nibble}311108`)).toBe(requirement)
  })
})

describe('frame body', () => {
  test('TPDU, header and message stand one after the other', () => {
    const body = encodeCupFrameBody({ tpdu: '6000030000', header: '603100311108' }, bytes('0800'))
    expect(body).toEqual(bytes('60000300006031003111080800'))
    expect(decodeCupFrameBody(body)).toEqual({
      envelope: { tpdu: '6000030000', header: '603100311108' },
      message: bytes('0800'),
    })
  })

  test.each([
    ['', 'tpdu', 0],
    ['60000300', 'tpdu', 4],
    ['60000300006031003111', 'header', 10],
    ['6100030000603100311108', 'tpdu', 0],
    ['60000A0000603100311108', 'tpdu', 0],
    ['600003000060310031110F', 'header', 5],
  ])('%j → WireError in %s at byte %i', (hex, path, offset) => {
    expect(() => decodeCupFrameBody(bytes(hex))).toThrow(
      expect.objectContaining({ name: 'WireError', path, offset }),
    )
  })

  test('any bytes: a WireError or a body that is built again the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.boolean(), (input, start) => {
        if (start && input.length > 0) input[0] = 0x60
        try {
          const { envelope, message } = decodeCupFrameBody(input)
          expect(encodeCupFrameBody(envelope, message)).toEqual(input)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})
