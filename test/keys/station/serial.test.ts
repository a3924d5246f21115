import { describe, expect, it } from 'vitest'
import type { Dial } from '../../../emulator/device/ports.ts'
import { serialDial } from '../../../host-link/transport/serial-stream.ts'
import { findSocat, serialPair } from '../../../scripts/setup-socat.ts'
import { done, readyStation, row, stateOf, stations, TestTerminal } from './rig.ts'

const socat = findSocat()
const skipped =
  socat === undefined ? ' (skipped: no socat; install it or set SHUAKA_SOCAT to the program)' : ''
const use = stations()

/** The cable is pulled out after so many chunks: the terminal hears no more, and the station is told nothing. */
function pulledAfter(dial: Dial, chunks: number): Dial {
  return async ({ bytes, closed }) => {
    let left = chunks
    const stream = await dial({
      bytes(chunk) {
        if (left-- > 0) return bytes(chunk)
        stream?.close()
        closed()
      },
      closed,
    })
    return stream
  }
}

async function say(dial: Dial, ...bytes: readonly number[]): Promise<void> {
  const stream = await dial({ bytes: () => undefined, closed: () => undefined })
  stream?.send(Uint8Array.from(bytes))
  await new Promise((resolve) => setTimeout(resolve, 50))
  stream?.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
}

describe.skipIf(socat === undefined)(`密钥注入 over a serial cable${skipped}`, () => {
  it('one terminal after another, with garbage, a cable that is pulled and a half frame between them', async () => {
    const pair = await serialPair(socat ?? '', use.folder())
    try {
      const station = await use.open(use.folder())
      const { issue } = await readyStation(station, [row('SN1'), row('SN2'), row('SN3')])
      const terminal = (serial: string) => new TestTerminal(serial, issue('terminal', serial))
      done(await station.openLine({ kind: 'serial', path: pair.ends[0], baudRate: 115_200 }))
      const dial = serialDial(pair.ends[1])

      const one = terminal('SN1')
      expect((await one.inject(dial)).kind).toBe('loaded')
      expect(stateOf(station, 'SN1')).toMatchObject({ state: 'loaded', checkValue: one.checkValue() })

      await say(dial, ...Array.from({ length: 40 }, (_, at) => at * 7)) // a plug that is pushed in
      const two = terminal('SN2')
      await two.inject(pulledAfter(dial, 4))
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect((await two.inject(dial)).kind).toBe('loaded')
      expect(stateOf(station, 'SN2')).toMatchObject({ checkValue: two.checkValue(), keyVersion: '01' })

      // A hello of SN3 whose message 1 stops in the middle: nothing of it may be taken for the next hello.
      await say(
        dial,
        0x53,
        0x4b,
        0x4e,
        0x31,
        2,
        3,
        0x53,
        0x4e,
        0x33,
        9,
        ...Buffer.from('STATION-1'),
        0,
        32,
        1,
        2,
        3,
      )
      await new Promise((resolve) => setTimeout(resolve, 1700))
      expect((await terminal('SN3').inject(dial)).kind).toBe('loaded')
      expect(station.view()).toMatchObject({
        counts: { loaded: 3 },
        lines: [{ kind: 'serial', state: 'waiting' }],
      })
    } finally {
      pair.close()
    }
  })
})
