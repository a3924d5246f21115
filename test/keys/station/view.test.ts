import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import type { Credential } from '../../../host-link/channel/channel-end.ts'
import { daysUntil } from '../../../keys/station/certificate-days.ts'
import { nextOf, warningWords } from '../../../keys/station/page/next.ts'
import type { Station } from '../../../keys/station/station.ts'
import { writeIdentity } from '../../../scripts/identity/identity-file.ts'
import {
  done,
  enrolTwo,
  logInTwo,
  readyStation,
  row,
  START_MS,
  stations,
  TestTerminal,
  tcpLine,
} from './rig.ts'

const use = stations()
const DAY_MS = 86_400_000

describe('the audit as a page shows it', () => {
  it('closed → nobody has checked it; two are logged in → whole; closed again → not checked', async () => {
    const folder = use.folder()
    const first = await use.open(folder)
    expect(first.view().audit).toMatchObject({ state: 'unchecked' })
    await enrolTwo(first)
    expect(first.view().audit).toMatchObject({ state: 'whole' })
    await first.close()
    const station = await use.open(folder)
    expect(station.view().audit).toMatchObject({ state: 'unchecked' })
    await logInTwo(station)
    expect(station.view().audit).toMatchObject({ state: 'whole' })
    station.closeSession()
    expect(station.view().audit).toMatchObject({ state: 'unchecked' })
  })

  it('a record that was edited, or a table behind its back → broken before anybody logs in, and after', async () => {
    for (const [edit, why] of [
      [
        "DROP TRIGGER audit_update; UPDATE audit SET record = replace(record, 'Bo Li', 'Al Li') WHERE number = 3",
        /^record 3: /,
      ],
      ["UPDATE terminal SET state = 'loaded'", /^terminal SN1, slot 0: /],
    ] as const) {
      const folder = use.folder()
      const first = await use.open(folder)
      await readyStation(first, [row('SN1')])
      await first.close()
      const database = new Database(join(folder, 'station.db'))
      database.exec(edit)
      database.close()
      const station = await use.open(folder)
      const broken = { state: 'broken', broken: expect.stringMatching(why) }
      expect(station.view()).toMatchObject({ state: 'closed', audit: broken })
      await logInTwo(station)
      expect(station.view()).toMatchObject({ state: 'open', missing: ['audit'], audit: broken })
      station.closeSession()
      expect(station.view().audit).toMatchObject(broken)
      await station.close()
    }
  })
})

describe('a certificate that ends', () => {
  it('days to its last one: over a month, a year, a leap day; below zero after it', () => {
    expect(daysUntil(20_261_122, START_MS)).toBe(0)
    expect(daysUntil(20_261_121, START_MS)).toBe(-1)
    expect(daysUntil(20_270_101, START_MS)).toBe(40)
    expect(daysUntil(20_280_301, Date.UTC(2028, 1, 28, 23, 59))).toBe(2)
  })

  it('told 30 days before; after its last day it counts as missing, and a new file opens the way again', async () => {
    const clock = { ms: START_MS }
    const station = await use.open(use.folder(), {}, clock)
    const { issue } = await readyStation(station, [row('SN1')])
    const dial = await tcpLine(station)
    const adopt = (notAfter: number): void =>
      void done(station.importIdentity(fileOf(issue('station', 'STATION-2', notAfter))))
    adopt(20_261_223) // 31 days on
    const at = async (days: number) => {
      done(station.closeSession())
      clock.ms = START_MS + days * DAY_MS
      await logInTwo(station)
      return station.view()
    }
    expect(warned(station)).toBe(undefined)
    expect((await at(1)).identity?.daysLeft).toBe(30)
    expect(warned(station)).toContain('expires in 30 days')
    expect((await at(30)).identity?.daysLeft).toBe(1)
    expect(warned(station)).toContain('expires in 1 day:')
    expect(await at(31)).toMatchObject({ missing: [], identity: { daysLeft: 0 } })
    expect(await at(32)).toMatchObject({ missing: ['identity'], identity: { daysLeft: -1 } })
    expect(warned(station)).toBe(undefined)
    expect(nextOf(station.view())).toEqual({ kind: 'renewIdentity', id: 'STATION-2' })
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    expect((await terminal.inject(dial)).kind).not.toBe('loaded')
    adopt(20_271_231)
    expect(station.view()).toMatchObject({ missing: [], identity: { notAfter: 20_271_231 } })
    expect((await terminal.inject(dial)).kind).toBe('loaded')
  })
})

function fileOf(credential: Credential): Uint8Array {
  const path = join(use.folder(), 'identity.json')
  writeIdentity(path, credential)
  return Uint8Array.from(readFileSync(path))
}

const warned = (station: Station) => warningWords(station.view(), 'en')
