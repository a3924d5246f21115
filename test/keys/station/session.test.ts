import { describe, expect, it } from 'vitest'
import {
  AN,
  BO,
  done,
  enrolTwo,
  PASS_AN,
  PASS_BO,
  readyStation,
  row,
  START_MS,
  stations,
  TestTerminal,
  tcpLine,
  utf8,
} from './rig.ts'

const use = stations()
const MINUTE = 60_000

describe('limits of a session', () => {
  it.each([
    ['no order for 10 minutes', 10 * MINUTE, 'idle'],
    ['a clock that was put back', -2 * MINUTE, 'clock'],
  ])('%s → everybody is logged out, the audit signed', async (_, passes, result) => {
    const clock = { ms: START_MS }
    const station = await use.open(use.folder(), {}, clock)
    await enrolTwo(station)
    clock.ms += passes
    const view = station.view()
    expect(view).toMatchObject({ state: 'closed', missing: ['people'] })
    expect(view.audit.signedUpTo).toBe(view.audit.records)
    expect([...station.audit()].at(-1)).toMatchObject({ event: 'sessionClosed', result })
  })

  it('four hours in all → closed, however busy; an order keeps it open until then', async () => {
    const clock = { ms: START_MS }
    const station = await use.open(use.folder(), {}, clock)
    await enrolTwo(station)
    for (let minutes = 9; minutes < 240; minutes += 9) {
      clock.ms = START_MS + minutes * MINUTE
      station.cancelKey()
      expect(station.view().state, `${minutes} minutes`).toBe('open')
    }
    clock.ms = START_MS + 240 * MINUTE
    expect(station.view().state).toBe('closed')
    expect([...station.audit()].at(-1)).toMatchObject({ event: 'sessionClosed', result: 'total' })
  })

  it('injections keep it open for 30 minutes after the latest order of a person, and then no more', async () => {
    const clock = { ms: START_MS }
    const station = await use.open(use.folder(), {}, clock)
    const serials = Array.from({ length: 6 }, (_, index) => `SN${index}`)
    const { issue } = await readyStation(
      station,
      serials.map((serial) => row(serial)),
    )
    const dial = await tcpLine(station)
    for (const [index, serial] of serials.entries()) {
      clock.ms = START_MS + index * 7 * MINUTE
      const result = await new TestTerminal(serial, issue('terminal', serial)).inject(dial)
      const inTime = index * 7 < 30
      expect([serial, result.kind === 'loaded', station.view().state]).toEqual([
        ...[serial, inTime, inTime ? 'open' : 'closed'],
      ])
    }
    expect([...station.audit()].find(({ event }) => event === 'sessionClosed')).toMatchObject({
      result: 'idle',
    })
  })

  it('one person alone is logged out after 10 minutes too', async () => {
    const clock = { ms: START_MS }
    const station = await use.open(use.folder(), {}, clock)
    await enrolTwo(station)
    station.closeSession()
    done(await station.logIn(AN, utf8(PASS_AN)))
    clock.ms += 10 * MINUTE
    expect(station.view().people[0]?.loggedIn).toBe(false)
    done(await station.logIn(BO, utf8(PASS_BO)))
    expect(station.view().state).toBe('closed')
  })
})
