import type { Message } from '../../../host-link/wire/message.ts'

/** A 消费 sale of 20 elements, as a terminal of a mall sends it, with those that an acquirer may add. */
export function saleMessage(): Message {
  return {
    mti: '0200',
    fields: {
      2: '6222600001234567890',
      3: '000000',
      4: '000000008880',
      11: '000123',
      12: '090500',
      13: '1121',
      14: '3012',
      22: '021',
      25: '00',
      26: '12',
      35: '6222600001234567890D30122010000000000',
      37: '112109050001',
      41: '10000001',
      42: '898320153110001',
      49: '156',
      52: Uint8Array.of(0xc4, 0x11, 0xe6, 0x43, 0x53, 0x83, 0xeb, 0x85),
      53: '2600000000000000',
      57: '010040012',
      60: '22000001000',
      64: Uint8Array.of(0x32, 0x46, 0x39, 0x44, 0x33, 0x45, 0x35, 0x36),
    },
  }
}
