import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, afterEach, expect, it } from 'vitest'
import { alarmBell } from '../../host-link/host/alarm.ts'
import { provisionedChecks } from '../../host-link/host/master-keys.ts'
import { localTime, openStore, startHostServer } from '../../host-link/host/node/host-server.ts'
import { hostTerminal } from '../../host-link/host/provision.ts'
import { makeRemoteKeys } from '../../host-link/host/remote-keys.ts'
import { sealUnder } from '../../host-link/host/seal.ts'
import type { Expected } from '../../keys/station/station.ts'
import { type ImportCommand, importKeys } from '../../scripts/host-import-keys.ts'
import { hostKeys, renewKey } from '../../scripts/host-keys.ts'
import { readCards, readProvision } from '../../scripts/provision.ts'
import { secretInput } from '../../scripts/secret-input.ts'
import { AT, converse, deskOn, elementOf, signOnWith } from '../host-link/host/remote-rig.ts'
import { TestTerminal as HostClient } from '../host-link/host/rig.ts'
import {
  COMPONENTS,
  done,
  readyStation,
  START_MS,
  stations,
  TestTerminal,
  tcpLine,
} from '../keys/station/rig.ts'
import { type Descriptors, descriptors } from './keys-run.ts'

const demo = (name: string) => new URL(`../../scripts/demo/${name}`, import.meta.url).pathname
const PROVISION = [demo('mall.json')]
const TERMINAL = '10000001'
const SERIAL = 'SK000001'
const folder = mkdtempSync(join(tmpdir(), 'shuaka-host-import-'))
afterAll(() => rmSync(folder, { recursive: true }))
const use = stations()
const given: Descriptors[] = []
afterEach(() => {
  for (const one of given.splice(0)) one.end()
})

let faults = 0
const fresh = (bytes: number) => Uint8Array.from(randomBytes(bytes))
const zmk = (): string => {
  const [first, second] = COMPONENTS.map((hex) => Buffer.from(hex, 'hex'))
  if (!first || !second) throw new Error('two components')
  return Buffer.from(first.map((byte, at) => byte ^ (second[at] ?? 0))).toString('hex')
}
const serve = (db: string) =>
  startHostServer({
    db,
    provisions: PROVISION.map(readProvision),
    cards: readCards(demo('cards.json')),
  })

/** A host's books, a station with one terminal that it has injected, and what people do with them. */
async function place(name: string) {
  const db = join(folder, `${name}.db`)
  await (await serve(db)).close()
  const clock = { ms: START_MS }
  const station = await use.open(use.folder(), {}, clock)
  const row: Expected = { serial: SERIAL, terminalId: TERMINAL, slot: 1, algorithm: 'TDES' }
  const { issue } = await readyStation(station, [row])
  const dial = await tcpLine(station)
  const terminal = new TestTerminal(SERIAL, issue('terminal', SERIAL))
  const terminals = PROVISION.map(readProvision).map(hostTerminal)
  let files = 0
  return {
    ...{ db, clock, station, terminal },
    inject: async () => expect((await terminal.inject(dial)).kind).toBe('loaded'),
    exported() {
      const file = join(folder, `${name}-${++files}.json`)
      writeFileSync(file, done(station.exportKeys()).json)
      return file
    },
    imported(file: string) {
      const secrets = descriptors()
      given.push(secrets)
      const input = secretInput({ input: new PassThrough(), output: { write: () => undefined } })
      const command: ImportCommand = {
        ...{ db, file, provision: PROVISION, by: 'wu', secrets: input },
        zmkFd: Number(secrets.give(zmk())),
      }
      return importKeys(command)
    },
    /** 远程密钥下载 on a host whose clock stands on 2026-11-21, a day behind the station's. */
    async renew() {
      await renewKey({ db, provision: PROVISION, terminal: TERMINAL, by: 'chen' })
      const { store, secret } = await openStore({ db })
      const desk = deskOn(store, terminals, 3)
      const remote = makeRemoteKeys({
        ...{ store, terminals, random: fresh, bell: alarmBell(undefined), provisioned: provisionedChecks() },
        ...{ seal: sealUnder(secret, fresh), clock: { now: () => AT } },
      })
      const element = elementOf(terminal.keys)
      const { over } = await converse({ ...desk, remote }, element, { serial: SERIAL })
      await store.close()
      terminal.saved = element.saved
      return over?.kind
    },
    async signsOn() {
      const server = await serve(db)
      const client = new HostClient(server.host, hostTerminal(readProvision(demo('mall.json'))), 'cup')
      const element = elementOf(terminal.keys)
      const result = await signOnWith(element, client)
      terminal.saved = element.saved
      await server.close()
      return result
    },
  }
}

it('the station’s next export, which has old keys too, after a remote loading → the newer key stays, said; a re-injection is imported', async () => {
  const { db, clock, station, inject, exported, imported, renew, signsOn, terminal } = await place('next')
  await inject()
  const injectedAs = terminal.checkValue(1)
  const first = exported()
  expect(await imported(first)).toMatch(/: master key [0-9A-F]{6} imported\n1 of 1 keys/)
  const [listed] = JSON.parse(await hostKeys({ db, provision: PROVISION, json: true })) as object[]
  const { transaction, time } = JSON.parse(readFileSync(first, 'utf8')).keys[0]
  expect(time).toBe(new Date(START_MS).toISOString())
  expect(listed).toMatchObject({ current: { transaction, at: localTime(new Date(START_MS)) } })

  clock.ms += 60_000
  done(station.allowAgain(SERIAL, 1))
  expect(await renew()).toBe('loaded')
  expect(await signsOn()).toBe('ok')
  const next = exported()
  expect(JSON.parse(readFileSync(next, 'utf8')).keys).toMatchObject([{ transaction, time }])
  for (const file of [first, next])
    expect(await imported(file)).toMatch(
      new RegExp(`: master key ${injectedAs} is older than the key in use, left\n0 of 1 keys`),
    )
  expect(await signsOn()).toBe('ok')
  expect(await renew()).toBe('loaded')

  await inject()
  expect(await imported(exported())).toMatch(
    new RegExp(`: master key ${terminal.checkValue(1)} imported\n1 of 1`),
  )
  expect(await signsOn()).toBe('ok')
  expect(await imported(first)).toContain('is older than the key in use, left')
  expect(await signsOn()).toBe('ok')
})

it('proven, not confirmed, and the host has a key → left and said; with the station’s next export, confirmed, it is imported', async () => {
  const { db, inject, exported, imported, signsOn, terminal, station } = await place('proven')
  const { commit, ...store } = terminal.store()
  const lost = terminal.inject(await tcpLine(station), {
    ...store,
    commit: (transaction) => (commit(transaction) === 'committed' ? 'unknown' : 'storage'), // its answer is lost
  })
  expect((await lost).kind).toBe('ended')
  expect(await imported(exported())).toMatch(
    /: master key [0-9A-F]{6} is left: the terminal has not confirmed it .*\n0 of 1/,
  )
  const listed = async () => JSON.parse(await hostKeys({ db, provision: PROVISION, json: true }))[0]
  const current = { checkValue: terminal.checkValue(1) }
  expect(await listed()).toMatchObject({ state: 'inUse', current: { checkValue: '117E97' } })
  await inject()
  expect(await imported(exported())).toMatch(/ imported\n1 of 1/)
  expect(await listed()).toMatchObject({ state: 'inUse', current })
  expect(await signsOn()).toBe('ok')
})

it.each([
  [{ transaction: undefined }, 'keys[0].transaction'],
  [{ transaction: '0102' }, 'keys[0].transaction'],
  [{ time: '2026-11-22 08:00' }, 'keys[0].time'],
  [{ time: '2026-13-22T08:00:00.000Z' }, 'keys[0].time'],
])('an export with %o → refused by its place', async (change, where) => {
  const { inject, exported, imported } = await place(`fault${++faults}`)
  await inject()
  const file = exported()
  const content = JSON.parse(readFileSync(file, 'utf8')) as { keys: object[] }
  content.keys[0] = { ...content.keys[0], ...change }
  writeFileSync(file, JSON.stringify(content))
  await expect(imported(file)).rejects.toThrow(where)
})
