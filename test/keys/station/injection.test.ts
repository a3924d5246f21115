import { describe, expect, it } from 'vitest'
import type { Dial } from '../../../emulator/device/ports.ts'
import { verifyAuditFolder } from '../../../keys/station/audit-file.ts'
import { reasons } from '../../../keys/station/why.ts'
import {
  both,
  COMPONENTS,
  done,
  enrolTwo,
  fresh,
  logInTwo,
  makeZmk,
  readyStation,
  row,
  stateOf,
  stations,
  TestTerminal,
  tcpDial,
  tcpLine,
  trust,
} from './rig.ts'

const use = stations()

/** A dial that closes the line after so many chunks from the station. */
function cutAfter(dial: Dial, chunks: number): Dial {
  return async ({ bytes, closed }) => {
    let left = chunks
    const stream = await dial({
      bytes(chunk) {
        if (left-- > 0) bytes(chunk)
        else stream?.close()
      },
      closed,
    })
    return stream
  }
}

/** Keeps what both sides said. */
function tapped(dial: Dial, log: { readonly out: boolean; readonly bytes: Uint8Array }[]): Dial {
  return async ({ bytes, closed }) => {
    const stream = await dial({
      bytes(chunk) {
        log.push({ out: false, bytes: chunk })
        bytes(chunk)
      },
      closed,
    })
    if (stream === undefined) return undefined
    return {
      close: () => stream.close(),
      send(chunk) {
        log.push({ out: true, bytes: chunk })
        stream.send(chunk)
      },
    }
  }
}

describe('密钥注入 over TCP', () => {
  it('gives each expected terminal a key of its own: both sides show the same check value', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1'), row('SN2')])
    const dial = await tcpLine(station)
    const one = new TestTerminal('SN1', issue('terminal', 'SN1'))
    const two = new TestTerminal('SN2', issue('terminal', 'SN2'))
    expect((await one.inject(dial)).kind).toBe('loaded')
    expect((await two.inject(dial)).kind).toBe('loaded')
    expect(stateOf(station, 'SN1')).toMatchObject({
      ...{ state: 'loaded', checkValue: one.checkValue(), keyVersion: '01' },
    })
    expect(stateOf(station, 'SN2')).toMatchObject({ state: 'loaded', checkValue: two.checkValue() })
    expect(one.checkValue()).not.toBe(two.checkValue())
    expect(station.view().lines[0]).toMatchObject({
      state: 'waiting',
      latest: { serial: 'SN2', over: 'confirmed' },
    })
  })

  it('a terminal with two slots gets one key in each session', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1', 0), { ...row('SN1', 5), algorithm: 'SM4' }])
    const dial = await tcpLine(station)
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    expect(await terminal.inject(dial)).toMatchObject({ kind: 'loaded', slot: 0 })
    expect(await terminal.inject(dial)).toMatchObject({ kind: 'loaded', slot: 5 })
    expect(await terminal.inject(dial)).toMatchObject({ kind: 'refused', code: 'alreadyLoaded' })
  })

  it('one that is loaded gets no other key, until an operator allows that one again', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1')])
    const dial = await tcpLine(station)
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    expect(station.allowAgain('SN1', 0)).toMatchObject({ why: 'notLoaded' })
    await terminal.inject(dial)
    const first = terminal.checkValue()
    expect(await terminal.inject(dial)).toMatchObject({ kind: 'refused', code: 'alreadyLoaded' })
    expect(terminal.checkValue()).toBe(first)
    done(station.allowAgain('SN1', 0))
    expect((await terminal.inject(dial)).kind).toBe('loaded')
    expect(terminal.checkValue()).not.toBe(first)
    expect(stateOf(station, 'SN1')).toMatchObject({ keyVersion: '02', again: false })
    expect(await terminal.inject(dial)).toMatchObject({ kind: 'refused', code: 'alreadyLoaded' })
    expect([...station.audit()].map(({ event }) => event)).toContain('again')
  })

  it('one that nobody expects → unknownSerial, recorded, no key made', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1')])
    const stranger = new TestTerminal('SN9', issue('terminal', 'SN9'))
    expect(await stranger.inject(await tcpLine(station))).toMatchObject({
      kind: 'refused',
      code: 'unknownSerial',
    })
    expect([...station.audit()].at(-1)).toMatchObject({ event: 'injectionRefused', serial: 'SN9' })
  })

  it('a station that is closed or not ready gives nothing', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    const { rootSecret } = done(station.developmentIdentity('STATION-1'))
    done(station.expect([row('SN1')]) as { kind: 'ok' })
    const dial = await tcpLine(station)
    const terminal = new TestTerminal('SN1', trust(rootSecret).issue('terminal', 'SN1'))
    expect((await terminal.inject(dial)).kind).toBe('lost') // no ZMK
    await makeZmk(station)
    station.closeSession()
    expect((await terminal.inject(dial)).kind).toBe('lost')
    await logInTwo(station)
    expect((await terminal.inject(dial)).kind).toBe('loaded')
  })

  it('a session that ends in the middle: what was sent is brought to its end, nothing new is given', async () => {
    const folder = use.folder()
    const station = await use.open(folder)
    const { issue } = await readyStation(station, [row('SN1'), row('SN2')])
    const dial = await tcpLine(station)
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    let writes = 0
    const store = terminal.store(() => {
      if (++writes === 1) station.closeSession() // the key is being staged when the people go
    })
    expect((await terminal.inject(dial, store)).kind).toBe('loaded')
    expect(stateOf(station, 'SN1')).toMatchObject({ state: 'loaded', checkValue: terminal.checkValue() })
    expect((await new TestTerminal('SN2', issue('terminal', 'SN2')).inject(dial)).kind).toBe('lost')
    expect([...station.audit()].at(-1)).toMatchObject({ event: 'keyLoaded', people: [] })
    expect(verifyAuditFolder(folder).kind).toBe('whole')
    await logInTwo(station)
    expect(station.view().missing).toEqual([])
  })
})

describe('J01 the line is cut', () => {
  it('after every chunk of the station: the next session loads the same key, both sides agree', async () => {
    for (let chunks = 0; chunks < 8; chunks++) {
      const folder = use.folder()
      const station = await use.open(folder)
      const { issue } = await readyStation(station, [row('SN1')])
      const dial = await tcpLine(station)
      const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
      const first = await terminal.inject(cutAfter(dial, chunks))
      const again = await terminal.inject(dial)
      if (again.kind === 'refused') expect(again.code, `cut after ${chunks}`).toBe('alreadyLoaded')
      else expect(again.kind, `cut after ${chunks}`).toBe('loaded')
      expect(stateOf(station, 'SN1'), `cut after ${chunks}`).toMatchObject({
        ...{ state: 'loaded', checkValue: terminal.checkValue(), keyVersion: '01' },
      })
      await station.close()
      expect(verifyAuditFolder(folder).kind).toBe('whole')
      if (first.kind === 'loaded' && again.kind === 'refused') return
    }
    expect.fail('the injection never finished')
  })
})

describe('J02 the power of the terminal fails', () => {
  it('at every write: it holds nothing or the key of the station, and the next session ends it well', async () => {
    for (let write = 1; write < 6; write++) {
      const station = await use.open(use.folder())
      const { issue } = await readyStation(station, [row('SN1')])
      const dial = await tcpLine(station)
      const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
      let writes = 0
      const cut = () => {
        if (++writes === write) throw new Error('power')
      }
      await Promise.race([
        terminal.inject(failing(dial), terminal.store(cut)).catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, 150)),
      ])
      if (writes < write) return
      expect((await terminal.inject(dial)).kind, `power failed at write ${write}`).toBe('loaded')
      expect(stateOf(station, 'SN1')).toMatchObject({
        state: 'loaded',
        checkValue: terminal.checkValue(),
        keyVersion: '01',
      })
    }
    expect.fail('the injection never finished')
  })
})

/** A line whose terminal is gone when it throws. */
function failing(dial: Dial): Dial {
  return async ({ bytes, closed }) => {
    const stream = await dial({
      bytes(chunk) {
        try {
          bytes(chunk)
        } catch {
          stream?.close()
        }
      },
      closed,
    })
    return stream
  }
}

describe('rogues', () => {
  it('a terminal of another root, of another role, or with the certificate of another serial → no key', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1'), row('SN2')])
    const dial = await tcpLine(station)
    for (const [what, credential] of [
      ['another root', trust().issue('terminal', 'SN1')],
      ['a host', issue('host', 'SN1')],
      ['a station', issue('station', 'SN1')],
      ['another serial', issue('terminal', 'SN2')],
      ['expired', issue('terminal', 'SN1', 20261121)],
    ] as const) {
      expect((await new TestTerminal('SN1', credential).inject(dial)).kind, what).toBe('lost')
      expect(stateOf(station, 'SN1')?.state, what).toBe('expected')
    }
    const refused = [...station.audit()].filter(({ event }) => event === 'handshakeRefused')
    expect(refused.length).toBeGreaterThan(0)
    expect(new Set(refused.map(({ result }) => result)).size).toBe(1) // one and the same for every fault
  })

  it('a station of another root is refused by the terminal', async () => {
    const [good, rogue] = [await use.open(use.folder()), await use.open(use.folder())]
    const { issue } = await readyStation(good, [row('SN1')])
    await readyStation(rogue, [row('SN1')])
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    expect((await terminal.inject(await tcpLine(rogue))).kind).toBe('lost')
    expect(terminal.keys.slots()).toEqual([])
    expect(stateOf(rogue, 'SN1')?.state).toBe('expected')
  })

  it('a whole session that is played again → no key, no step of the table', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1'), row('SN2')])
    const dial = await tcpLine(station)
    const log: { readonly out: boolean; readonly bytes: Uint8Array }[] = []
    await new TestTerminal('SN1', issue('terminal', 'SN1')).inject(tapped(dial, log))
    done(station.allowAgain('SN1', 0))
    const before = station.progress()
    const closed = new Promise<void>((resolve) => {
      void dial({ bytes: () => undefined, closed: () => resolve() }).then((stream) => {
        for (const { out, bytes } of log) if (out) stream?.send(bytes)
      })
    })
    await closed
    expect(station.progress()).toEqual(before)
  })

  it('the line carries no key: neither the ZMK nor a TMK is among its bytes', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1')])
    const log: { readonly out: boolean; readonly bytes: Uint8Array }[] = []
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    expect((await terminal.inject(tapped(await tcpLine(station), log))).kind).toBe('loaded')
    const line = Buffer.concat(log.map(({ bytes }) => bytes))
    const saved = Buffer.from(terminal.saved)
    for (let at = 0; at + 16 <= saved.length; at++) expect(line.indexOf(saved.subarray(at, at + 16))).toBe(-1)
    for (const component of COMPONENTS) expect(line.indexOf(Buffer.from(component, 'hex'))).toBe(-1)
  })
})

describe('the random source', () => {
  it('that gives a key twice, zeros, or too little → nothing is given', async () => {
    const state: { now: 'good' | 'same' | 'zero' | 'short' } = { now: 'good' }
    const same = fresh(64)
    const random = (bytes: number) => {
      if (state.now === 'same' && bytes === 16) return same.slice(0, bytes)
      if (state.now === 'zero') return new Uint8Array(bytes)
      return state.now === 'short' ? fresh(bytes - 1) : fresh(bytes)
    }
    const station = await use.open(use.folder(), { random })
    const { issue } = await readyStation(station, [row('SN1'), row('SN2'), row('SN3')])
    const dial = await tcpLine(station)
    const terminal = (serial: string) => new TestTerminal(serial, issue('terminal', serial))
    state.now = 'same'
    expect((await terminal('SN1').inject(dial)).kind).toBe('loaded')
    expect(await terminal('SN2').inject(dial)).toMatchObject({ kind: 'refused', code: 'notNow' })
    for (const now of ['zero', 'short'] as const) {
      state.now = now
      expect((await terminal('SN3').inject(dial)).kind).not.toBe('loaded')
      done(await station.beginKey({ label: 'K', algorithm: 'AES', components: 2 }, both()))
      done(station.cancelKey())
      expect(station.developmentIdentity('S')).toEqual({ kind: 'refused', why: 'random' })
    }
    state.now = 'good'
    expect(stateOf(station, 'SN2')?.state).toBe('expected')
    expect((await terminal('SN2').inject(dial)).kind).toBe('loaded')
  })
})

describe('labels', () => {
  it('name the terminal, the check value, the day, the station and the people', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [{ ...row('SN1'), terminalId: '00000042' }])
    expect(station.labels('SN1')).toMatchObject({ why: 'notLoaded' })
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    await terminal.inject(await tcpLine(station))
    const { text } = done(station.labels('SN1'))
    for (const part of [
      'SN1',
      '00000042',
      terminal.checkValue() ?? '?',
      '2026-11-22',
      'STATION-1',
      'An Na, Bo Li',
    ])
      expect(text).toContain(part)
  })
})

describe('lines', () => {
  it('an address that is in use, or no port → refused with a sentence', async () => {
    const station = await use.open(use.folder())
    const order = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const
    const { address } = done(await station.openLine(order))
    expect(await station.openLine({ ...order, port: Number(address.split(':')[1]) })).toMatchObject({
      why: 'line',
    })
    expect(
      await station.openLine({ kind: 'serial', path: '/dev/there-is-none', baudRate: 9600 }),
    ).toMatchObject({ why: 'line' })
    done(await station.closeLine(address))
    expect(await station.closeLine(address)).toEqual({ kind: 'refused', why: 'noLine' })
    expect(await tcpDial(address)({ bytes: () => undefined, closed: () => undefined })).toBeUndefined()
    expect(Object.keys(reasons)).toContain('noLine')
  })
})
