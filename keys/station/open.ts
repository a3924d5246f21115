import type { Session } from '../../host-link/channel/channel-end.ts'
import { hexOf } from '../../host-link/wire/bytes.ts'
import { makeGiver } from '../load/giver.ts'
import { wipe } from '../wipe.ts'
import { auditCsv, auditJson, chainIn } from './audit-file.ts'
import { stationBook } from './book.ts'
import { ceremony } from './ceremony.ts'
import { type Core, openCore, RandomError, refused } from './core.ts'
import { readExpectedCsv } from './expected.ts'
import { adoptIdentity, developmentIdentity } from './identity.ts'
import { credentialIn } from './identity-file.ts'
import { lines } from './lines.ts'
import { exportKeys, labels } from './papers.ts'
import { people } from './people.ts'
import { auditFaultAtStart, endSession, passedLimit } from './session.ts'
import type { AuditRecord, Done, Proof, Refused, Station, StationGiver, StationOptions } from './station.ts'
import { shownRow, terminals } from './terminals.ts'
import { openToken, type Token, TokenError } from './token.ts'
import { missing, viewOf } from './view.ts'

const TICK_MS = 1000

/**
 * Opens the station of a folder, made where there is none; one process at a time. Rejects with StationError, and with
 * TokenError for a token that cannot be used.
 */
export async function openStation(folder: string, options: StationOptions): Promise<Station> {
  const token = options.token === undefined ? undefined : await openToken(options.token)
  try {
    return stationOf(openCore(folder, options, token), token)
  } catch (error) {
    token?.close()
    throw error
  }
}

function stationOf(core: Core, token: Token | undefined): Station {
  const who = people(core)
  const making = ceremony(core, who)
  const table = terminals(core)
  const book = stationBook(core, table)
  const id = () => core.opened?.identity?.view.id
  const ways = lines(core, giver, id)

  let closed = false

  core.auditFault = auditFaultAtStart(core)
  begun(core)
  const timer = setInterval(tick, TICK_MS).unref()

  function end(why: Parameters<typeof endSession>[1]): void {
    making.drop()
    try {
      book.settle()
    } finally {
      endSession(core, why)
    }
  }

  function tick(): void {
    core.file.check()
    const why = passedLimit(core)
    if (why !== undefined) end(why)
  }

  /** An order of a person: not after the end of the session, and counted as activity. */
  function order<Result>(act: () => Result): Result | Refused {
    tick()
    core.activeMs = core.nowMs()
    try {
      return act()
    } catch (error) {
      return faultOf(error)
    } finally {
      if (core.opened === undefined) making.drop()
    }
  }

  async function waited<Result>(act: () => Promise<Result>): Promise<Result | Refused> {
    tick()
    core.activeMs = core.nowMs()
    try {
      return await act()
    } catch (error) {
      return faultOf(error)
    } finally {
      core.activeMs = core.nowMs()
    }
  }

  /** An order that these people stand behind with their passphrases at this moment. */
  function proved<Result>(name: string, by: Proof | readonly Proof[], act: () => Done<Result>) {
    return waited(() => who.proved(name, by, () => order(act)))
  }

  /** Somebody who leaves takes their component along. */
  function left(done: Done | Refused, name: string, why: 'loggedOut' | 'dismissed'): Done {
    if (done.kind === 'ok' && core.opened !== undefined) making.leave(name, why)
    return done
  }

  function giver(session: Session): StationGiver | undefined {
    tick()
    if (missing(core).length > 0 || session.purpose !== 'inject') return undefined
    const { id: serial, certificateSerial } = session.peer
    return makeGiver(session, serial, book.of(hexOf(certificateSerial)), (bytes) => core.random(bytes))
  }

  const station: Station = {
    get id() {
      return id() ?? ''
    },
    view() {
      tick()
      return viewOf(
        core,
        { people: who.views(), state: who.state() },
        making.view(),
        ways.views(),
        table.counts(),
      )
    },
    watch(listener) {
      core.watchers.add(listener)
      return () => void core.watchers.delete(listener)
    },
    tick,
    enrol: (name, role, passphrase, by = []) => waited(() => who.enrol(name, role, passphrase, by)),
    logIn: (name, passphrase) => waited(() => who.logIn(name, passphrase)),
    changePassphrase: (name, old, fresh) => waited(() => who.changePassphrase(name, old, fresh)),
    logOut: (name) => order(() => left(who.logOut(name), name, 'loggedOut')),
    dismiss: async (name, by) => left(await waited(() => who.dismiss(name, by)), name, 'dismissed'),
    importIdentity: (file) =>
      order(() => {
        const credential = credentialIn(file)
        if (credential === undefined) return refused('identity')
        try {
          return adoptIdentity(core, credential, false)
        } finally {
          credential.secret.fill(0)
        }
      }),
    developmentIdentity: (name) =>
      order(() => (core.opened === undefined ? refused('closed') : developmentIdentity(core, name))),
    checkKey: (key) => order(() => making.fault(key) ?? { kind: 'ok' }),
    beginKey: (key, by) => proved('keyBegun', by, () => making.begin(key)),
    component: (by, hex) =>
      proved('component', by, () => making.component(by.name, hex)).finally(() => wipe(hex)),
    confirmComponent: (by) => proved('componentConfirmed', by, () => making.confirm(by.name)),
    rejectComponent: (name) => order(() => making.reject(name)),
    cancelKey: () => order(() => making.cancel()),
    generateKey: (label, by) => proved('keyMade', by, () => making.generate(label)),
    expect: (rows) => order(() => table.expect(rows.map((row, index) => ({ ...row, line: index + 1 })))),
    expectCsv: (text) =>
      order(() => {
        const read = readExpectedCsv(text)
        return read.kind === 'faults' ? read : table.expect(read.rows)
      }),
    progress() {
      tick()
      return table.all().map(shownRow)
    },
    allowAgain: (serial, slot) => order(() => table.allowAgain(serial, slot)),
    forget: (serial, slot) => order(() => table.forget(serial, slot)),
    giver,
    exportKeys: () => order(() => exportKeys(core, table, id() ?? '')),
    labels: (serial) => order(() => labels(core, table, id() ?? '', serial)),
    openLine: (line) => waited(() => ways.open(line)),
    closeLine: (address) => waited(() => ways.close(address)),
    audit() {
      tick()
      return core.log.rows().map(({ record }) => JSON.parse(record) as AuditRecord)
    },
    auditFile(format) {
      tick()
      const chain = chainIn(core.file.database)
      return format === 'csv' ? auditCsv(chain.rows) : auditJson(chain)
    },
    closeSession() {
      tick()
      if (core.shares.size === 0) return refused('closed')
      end('stop')
      return { kind: 'ok' }
    },
    async close() {
      clearInterval(timer)
      await ways.closeAll()
      await who.settled()
      if (closed) return
      closed = true
      end('stop')
      token?.close()
      core.file.close()
    },
  }
  return station
}

/** The first record, and one of a session that no process closed. */
function begun(core: Core): void {
  if (core.log.last().number === 0) core.record('created')
  else if (core.log.lastOf('sessionOpened', 'sessionClosed')?.event === 'sessionOpened') {
    if (core.log.lastOf('sessionOpened', 'sessionLost')?.event === 'sessionOpened') core.record('sessionLost')
  }
}

function faultOf(error: unknown): Refused {
  if (error instanceof RandomError) return refused('random')
  if (error instanceof TokenError) return refused('token', error.message)
  throw error
}
