import { expect, it } from 'vitest'
import { openCertificate } from '../../../host-link/channel/certificate.ts'
import { readAudit, verifyAuditFolder } from '../../../keys/station/audit-file.ts'
import type { AuditRecord, Station } from '../../../keys/station/station.ts'
import {
  done,
  logInTwo,
  makeZmk,
  readyStation,
  row,
  START_MS,
  stateOf,
  stations,
  TestTerminal,
  tcpLine,
} from './rig.ts'

const use = stations()
type Inject = Parameters<TestTerminal['inject']>

/** A terminal whose line goes when it shall prove its key (`prove`) or put it in force (`commit`). */
async function cutAt(terminal: TestTerminal, dial: Inject[0], step: 'prove' | 'commit'): Promise<void> {
  let hangUp: () => void = () => undefined
  const cut = () => {
    hangUp()
    throw new Error('the line is cut')
  }
  const line: Inject[0] = async ({ bytes, closed }) => {
    const stream = await dial({
      closed,
      bytes(chunk) {
        try {
          bytes(chunk)
        } catch {
          stream?.close()
          closed()
        }
      },
    })
    hangUp = () => stream?.close()
    return stream
  }
  expect(await terminal.inject(line, { ...terminal.store(), [step]: cut })).toEqual({ kind: 'lost' })
}

const records = (station: Station, event: string): AuditRecord[] =>
  [...station.audit()].filter((record) => record.event === event)
const deviceOf = ({ credential }: TestTerminal): string =>
  Buffer.from(openCertificate(credential.certificate, credential.root)?.serial ?? [])
    .toString('hex')
    .toUpperCase()
const checksOf = ({ keys }: TestTerminal) =>
  keys.slots().flatMap(({ master, staged }) => [master, staged].flatMap((one) => one?.checkValue ?? []))
const exported = (station: Station) =>
  (JSON.parse(done(station.exportKeys()).json) as { keys: Record<string, unknown>[] }).keys

it('a key that one device was sent or has proved is sent again to that device alone; another of its serial number gets its own', async () => {
  for (const step of ['prove', 'commit'] as const) {
    const folder = use.folder()
    const station = await use.open(folder)
    const { issue } = await readyStation(station, [row('SN1')])
    const dial = await tcpLine(station)
    const one = new TestTerminal('SN1', issue('terminal', 'SN1'))
    const two = new TestTerminal('SN1', issue('terminal', 'SN1'))
    await cutAt(one, dial, step)
    expect(stateOf(station, 'SN1')).toMatchObject({ state: step === 'prove' ? 'sent' : 'proven' })
    const [held] = checksOf(one)
    expect(held).toBeDefined()
    await cutAt(one, dial, step) // the same device: the same key
    expect(checksOf(one)).toEqual([held])
    expect((await two.inject(dial)).kind, step).toBe('loaded')
    expect(checksOf(two), step).not.toContainEqual(held)
    expect(stateOf(station, 'SN1')).toMatchObject({ checkValue: two.checkValue(), keyVersion: '02' })
    const sent = records(station, 'keySent').filter(({ result }) => result === 'ok')
    expect(sent.map(({ device }) => device)).toEqual([deviceOf(one), deviceOf(two)])
    expect(records(station, 'keyLoaded').map(({ device }) => device)).toEqual([deviceOf(two)])
    expect(await one.inject(dial)).toMatchObject({ kind: 'refused', code: 'alreadyLoaded' })
    await station.close()
    expect(verifyAuditFolder(folder).kind).toBe('whole')
  }
})

it('loading again: until the new key is confirmed the one before is kept, also under another ZMK, and is what the host gets', async () => {
  const folder = use.folder()
  const clock = { ms: START_MS }
  const station = await use.open(folder, {}, clock)
  const { issue } = await readyStation(station, [row('SN1')])
  const dial = await tcpLine(station)
  const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
  expect((await terminal.inject(dial)).kind).toBe('loaded')
  const [before] = exported(station)
  clock.ms += 60_000
  done(station.allowAgain('SN1', 0))
  await cutAt(terminal, dial, 'prove')
  expect(stateOf(station, 'SN1')).toMatchObject({ state: 'sent', keyVersion: '02' })
  expect(exported(station)).toEqual([before])
  await makeZmk(station, [
    `${'5A'.repeat(31)}17`,
    '00112233445566778899AABBCCDDEEFF0F1E2D3C4B5A69788796A5B4C3D2E1F0',
  ])
  const { keyBlock, ...rest } = exported(station)[0] ?? {}
  expect({ ...before, ...rest }).toEqual(before)
  expect(keyBlock).not.toBe(before?.keyBlock)
  await station.close()
  expect(verifyAuditFolder(folder).kind).toBe('whole')

  const next = await use.open(folder, {}, clock)
  await logInTwo(next)
  expect(next.view().missing).toEqual([])
  const line = await tcpLine(next)
  await cutAt(terminal, line, 'commit')
  expect(exported(next)).toMatchObject([{ state: 'proven', keyVersion: '02' }])
  expect((await terminal.inject(line)).kind).toBe('loaded')
  const now = { state: 'loaded', keyVersion: '02', checkValue: terminal.checkValue() }
  expect(exported(next)).toMatchObject([now])
  expect(now.checkValue).not.toBe(before?.checkValue)
  await next.close()
  expect(verifyAuditFolder(folder).kind).toBe('whole')
})

it('one terminal that comes again and again → one record a minute with how many there were, the last with the end of the session', async () => {
  const folder = use.folder()
  const clock = { ms: START_MS }
  const station = await use.open(folder, {}, clock)
  const { issue } = await readyStation(station, [row('SN1'), row('SN2')])
  const dial = await tcpLine(station)
  const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
  expect((await terminal.inject(dial)).kind).toBe('loaded')
  const { records: before } = station.view().audit
  for (let left = 12; left > 0; left--) expect((await terminal.inject(dial)).kind).toBe('refused')
  expect(station.view().audit.records).toBe(before + 1)
  clock.ms += 60_000
  for (let left = 5; left > 0; left--) await terminal.inject(dial)
  const slow = new TestTerminal('SN2', issue('terminal', 'SN2'))
  for (let left = 6; left > 0; left--) await cutAt(slow, dial, 'prove')
  done(station.closeSession())
  const refusals = records(station, 'injectionRefused')
  expect(refusals.map(({ count }) => count)).toEqual([undefined, 12, 4])
  expect(refusals[1]).toMatchObject({ serial: 'SN1', result: 'alreadyLoaded', device: deviceOf(terminal) })
  const sent = records(station, 'keySent').filter(({ serial }) => serial === 'SN2')
  expect(sent.map(({ result, count }) => [result, count])).toEqual([
    ['ok', undefined],
    ['again', undefined],
    ['again', 4],
  ])
  expect(verifyAuditFolder(folder).kind).toBe('whole')
})

it('the audit is signed when the session opens and after each injection: a killed session has its keys under a signature', async () => {
  const folder = use.folder()
  const station = await use.open(folder)
  const { issue } = await readyStation(station, [row('SN1'), row('SN2')])
  const dial = await tcpLine(station)
  const opened = records(station, 'sessionOpened').map(({ number }) => number)
  expect(readAudit(folder).heads.map(({ number }) => number)).toEqual(opened)
  await new TestTerminal('SN1', issue('terminal', 'SN1')).inject(dial)
  const failing = new TestTerminal('SN2', issue('terminal', 'SN2'))
  const store = { ...failing.store(), stage: () => 'storage' as const }
  expect((await failing.inject(dial, store)).kind).toBe('failed')
  const ends = [...records(station, 'keyLoaded'), ...records(station, 'keyFailed')].map(
    ({ number }) => number,
  )
  expect(readAudit(folder).heads.map(({ number }) => number)).toEqual([...opened, ...ends])
  expect(verifyAuditFolder(folder)).toMatchObject({ kind: 'whole', signedUpTo: ends.at(-1) })
})
