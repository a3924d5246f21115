import { setImmediate } from 'node:timers/promises'
import { type FlashChip, makeFlashChip } from '../../../emulator/device/flash.ts'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import type {
  DeviceOptions,
  Dial,
  Model,
  PaperLine,
  Picture,
  SecureStorage,
  StreamEvents,
} from '../../../emulator/device/ports.ts'
import { makeVirtualTime, type VirtualTime } from '../../../emulator/virtual-time.ts'
import { fromHex } from '../../../keys/hex.ts'
import {
  TEST_MASTER_CHECK_VALUE,
  TEST_MASTER_KEY,
  TEST_SLOT,
} from '../../../terminal/device/conformance/keys.ts'

/** All that is around a device in these tests: time, storage, a line, eyes. */
export interface Bench {
  readonly time: VirtualTime
  readonly options: DeviceOptions
  readonly chip: FlashChip
  readonly pictures: Picture[]
  readonly paper: (PaperLine | 'tear')[]
  readonly wire: string[]
  readonly beeps: string[]
  readonly storage: Storage
  readonly line: Line
  /** The rows of the last picture. */
  screen(): readonly string[]
}
export interface Storage extends SecureStorage {
  bytes: Uint8Array | undefined
  /** What the next saves do. */
  saves: 'well' | 'not' | 'cut'
  count: number
}
export interface Line {
  dial: Dial
  readonly events: StreamEvents[]
  readonly sent: Uint8Array[]
  closes: number
}

export const settle = async (): Promise<void> => {
  await setImmediate()
}

export function makeBench(model: Model = 'standard'): Bench {
  const time = makeVirtualTime({ wallMs: Date.UTC(2026, 0, 1), settle })
  const random = makeRandom(1)
  const decoder = new TextDecoder('gbk')
  const pictures: Picture[] = []
  const paper: (PaperLine | 'tear')[] = []
  const wire: string[] = []
  const beeps: string[] = []
  const storage = makeStorage()
  const line = makeLine()
  const options: DeviceOptions = {
    model,
    identity: { maker: 'Shuaka', model, serial: 'SK000001', runtime: 'v8 1.0.0' },
    setup: {
      terminalId: '10000001',
      merchantId: '898320153110001',
      merchantName: '示例',
      tpdu: '6000030000',
      profile: 'mall',
      dialect: 'cup',
      keySlot: TEST_SLOT,
      parameters: {},
      stores: [],
    },
    scheduler: time,
    dial: (events) => line.dial(events),
    secureStorage: storage,
    masterKeys: [{ slot: TEST_SLOT, key: fromHex(TEST_MASTER_KEY), checkValue: TEST_MASTER_CHECK_VALUE }],
    observer: {
      screen: (picture) => pictures.push(picture),
      paper: (printed) => paper.push(printed),
      slipEnd: () => paper.push('tear'),
      wire: (direction, bytes) => wire.push(`${direction} ${Buffer.from(bytes).toString('hex')}`.trim()),
      beep: (kind) => beeps.push(kind),
    },
    random: (length) => Uint8Array.from({ length }, () => random() & 0xff),
    gbk: (bytes) => decoder.decode(bytes),
  }
  const chip = makeFlashChip({ geometry: { sectorBytes: 1024, sectorCount: 4, unitBytes: 4 } })
  const screen = (): readonly string[] => pictures.at(-1)?.rows.map((row) => row.text) ?? []
  return { time, options, chip, pictures, paper, wire, beeps, storage, line, screen }
}

function makeStorage(): Storage {
  const storage: Storage = {
    bytes: undefined,
    saves: 'well',
    count: 0,
    load: () => storage.bytes?.slice(),
    save(bytes) {
      storage.count++
      if (storage.saves === 'cut') throw Object.assign(new Error('cut while saving'), { name: 'PowerCut' })
      if (storage.saves === 'not') return false
      storage.bytes = bytes.slice()
      return true
    },
  }
  return storage
}

function makeLine(): Line {
  const line: Line = {
    events: [],
    sent: [],
    closes: 0,
    async dial(events) {
      line.events.push(events)
      return {
        send: (bytes) => line.sent.push(bytes),
        close() {
          line.closes++
        },
      }
    },
  }
  return line
}
