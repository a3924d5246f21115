import type { Credential } from '../../../host-link/channel/channel-end.ts'
import { toHex } from '../../../keys/hex.ts'
import type { KeyStore } from '../../../keys/store/key-store.ts'
import { VERSION } from '../../../terminal/version.ts'
import type { FlashChip } from '../../device/flash.ts'
import type { DeviceOptions, Dial, InboxPort, Observer, Scheduler } from '../../device/ports.ts'
import { readSecureState } from '../../device/secure-state.ts'
import type { Engine } from '../../engine.ts'
import { type Machine, makeMachine } from '../../machine.ts'
import type { Choice, FromWorker, KeyRow, TerminalSetup, ToWorker } from '../protocol.ts'
import { changedRecords, chipOf } from './chip.ts'
import { heldInbox } from './held-inbox.ts'
import { makeOutbox, type Outbox } from './outbox.ts'
import type { Vault } from './vault.ts'

export interface WorkerTerminal {
  /** All but `begin`. */
  handle(message: Exclude<ToWorker, { kind: 'begin' }>): Promise<void>
}

export interface WorkerTerminalOptions {
  readonly terminal: TerminalSetup
  readonly choice: Choice
  readonly vault: Vault
  readonly scheduler: Scheduler
  readonly dial: Dial
  /** Dials an injection station at this WebSocket address. */
  dialStation(url: string): Dial
  /** The way to the download service; absent: the terminal has none. */
  readonly inbox?: InboxPort
  /** The terminal has no memory of anything: it is told to the server, which knew another under this serial. */
  isNew?(): Promise<void>
  /** The program, loaded anew at every call. */
  loadEngine(): Promise<Engine>
  post(message: FromWorker): void
  random(length: number): Uint8Array
  gbk(bytes: Uint8Array): string
}

const SECURE = 'secure'
/** How often the heap is looked at. */
const MEMORY_MS = 500

/** Puts the terminal together from what the vault has, and switches it on. */
export async function startTerminal(given: WorkerTerminalOptions): Promise<WorkerTerminal> {
  const { terminal, vault, scheduler, post } = given
  const store = await openStore(given)
  if (store.secureStorage.load() === undefined) await given.isNew?.()
  let choice = given.choice
  let engine = await given.loadEngine()
  let stationUrl: string | undefined
  /** The service socket: what is plugged in now. */
  const station: Dial = async (events) =>
    stationUrl === undefined ? undefined : given.dialStation(stationUrl)(events)
  const { credential, security, hostId } = terminal
  let machine = build()
  let cable = true
  let paper = true

  /** The same terminal in another body: model and engine are built in, cable and paper are set again. */
  function build(): Machine {
    const options: DeviceOptions = {
      model: choice.model,
      identity: {
        maker: 'Shuaka',
        model: choice.model,
        serial: terminal.serial,
        runtime: `${engine.name} ${VERSION}`,
      },
      get setup() {
        const { setup } = terminal
        const parameters = { ...setup.parameters, locale: choice.locale }
        const { tms } = terminal
        const update = tms && { update: { tenant: tms.tenant, root: bytesOf(tms.root) } }
        return { ...setup, parameters, dialect: choice.dialect, ...update }
      },
      scheduler,
      dial: store.held(given.dial),
      station: store.held(station),
      ...(given.inbox === undefined ? {} : { inbox: heldInbox(given.inbox, store.outbox) }),
      ...(credential === undefined ? {} : { credential: credentialOf(credential) }),
      ...(security === undefined ? {} : { security }),
      ...(hostId === undefined ? {} : { hostId }),
      secureStorage: store.secureStorage,
      get masterKeys() {
        return terminal.masterKeys.map(({ slot, algorithm, key, checkValue }) => ({
          slot,
          ...(algorithm === undefined ? {} : { algorithm }),
          key: bytesOf(key),
          checkValue,
        }))
      },
      observer: store.observer,
      random: given.random,
      gbk: given.gbk,
    }
    const { chip, programChip, outbox } = store
    return makeMachine({
      ...{ options, chip, programChip, engine },
      onStopped: (why) => outbox.emit(() => post({ kind: 'stopped', why })),
      onStart: (program) => outbox.emit(() => post({ kind: 'program', ...program })),
    })
  }

  function power(on: boolean): void {
    if (on) machine.powerOn()
    else machine.powerOff()
    store.outbox.emit(() => post({ kind: 'power', on }))
  }

  async function restart(change: () => Promise<void> | void): Promise<void> {
    power(false)
    await change()
    machine = build()
    machine.operator.cable(cable)
    if (!paper) machine.operator.paperOut()
    power(true)
  }

  watchMemory(scheduler, () => machine, post)
  power(true)
  return {
    async handle(message) {
      switch (message.kind) {
        case 'press':
          return machine.operator.press(message.key)
        case 'swipe':
          return machine.operator.swipe(message.stripe)
        case 'swipeBadly':
          return machine.operator.swipeBadly()
        case 'paper':
          paper = message.present
          return paper ? machine.operator.paperIn() : machine.operator.paperOut()
        case 'cable':
          cable = message.plugged
          return machine.operator.cable(cable)
        case 'tamper':
          return machine.operator.tamper()
        case 'service':
          return restart(() => machine.operator.service())
        case 'station':
          stationUrl = message.url
          return undefined
        case 'power':
          return power(message.on)
        case 'choose':
          return restart(() => {
            choice = message.choice
          })
        case 'reload':
          return restart(async () => {
            engine = await given.loadEngine()
          })
        case 'erase':
          return restart(async () => {
            await vault.erase()
            store.erase()
            await given.isNew?.()
          })
        default:
          return message satisfies never
      }
    },
  }
}

interface TerminalStore {
  readonly chip: FlashChip
  readonly programChip: FlashChip
  readonly outbox: Outbox
  readonly observer: Observer
  readonly secureStorage: DeviceOptions['secureStorage']
  /** The dial, with what it sends held back until it may go. */
  held(dial: Dial): Dial
  /** Chips and secure element as from the factory, here; the vault is the caller's. */
  erase(): void
}

/** What is remembered, and the outbox that lets nothing out before it is. */
async function openStore({ vault, post, scheduler }: WorkerTerminalOptions): Promise<TerminalStore> {
  const records = await vault.load()
  let secure = records.get(SECURE)
  let secureChanged = false
  const chip = chipOf(records, () => outbox.written())
  const programChip = chipOf(records, () => outbox.written(), 'program')
  const outbox = makeOutbox(save, (error) =>
    post({ kind: 'failed', why: error instanceof Error ? error.message : String(error) }),
  )

  function save(): Promise<void> {
    const changed = new Map([...changedRecords(chip), ...changedRecords(programChip, 'program')])
    if (secureChanged && secure !== undefined) changed.set(SECURE, secure)
    secureChanged = false
    return vault.save(changed)
  }
  const out = (message: FromWorker): void => outbox.emit(() => post(message))
  function tellKeys(): void {
    const read = secure && readSecureState(secure)
    if (read !== undefined) out({ kind: 'keys', ...keyState(read.state.store) })
  }
  tellKeys()

  return {
    chip,
    programChip,
    outbox,
    observer: {
      screen: (picture) => out({ kind: 'screen', picture }),
      paper: (line) => out({ kind: 'paper', line }),
      slipEnd: () => undefined, // feeds come as blank lines: the paper can be torn anywhere
      wire: (direction, bytes) => out({ kind: 'wire', direction, bytes, wallMs: scheduler.wallMs() }),
      beep: (sound) => out({ kind: 'beep', sound }),
    },
    secureStorage: {
      load: () => secure?.slice(), // who loads keys wipes what it was given
      save(bytes) {
        secure = bytes.slice()
        secureChanged = true
        tellKeys()
        outbox.written()
        return true
      },
    },
    held: (dial) => async (events) => {
      const stream = await dial(events)
      if (stream === undefined) return undefined
      return {
        send: (bytes) => outbox.emit(() => stream.send(bytes)),
        close: () => outbox.emit(() => stream.close()),
      }
    },
    erase() {
      for (const each of [chip, programChip]) {
        const blank = new Uint8Array(each.image().length).fill(0xff)
        each.restore({ ...each.snapshot(), bytes: blank, weak: new Map() })
        each.takeDirty()
      }
      secure = undefined
    },
  }
}

/** Tells the page of the heap whenever it has changed. */
function watchMemory(
  scheduler: Scheduler,
  machine: () => Machine,
  post: (message: FromWorker) => void,
): void {
  let last = ''
  const look = (): void => {
    const memory = machine().memory()
    const text = memory === undefined ? '' : `${memory.used}/${memory.peak}`
    if (memory !== undefined && text !== last) post({ kind: 'memory', ...memory })
    last = text
    scheduler.after(MEMORY_MS, look)
  }
  look()
}

/** Check values of three bytes, as the terminal itself shows them. */
function keyState(store: KeyStore): { readonly rows: readonly KeyRow[]; readonly tampered: boolean } {
  const rows = store.slots().flatMap(({ slot, master, staged }) => {
    const working = (['PIK', 'MAK', 'TDK'] as const).map((usage) => {
      const found = store.checkValue({ usage, number: slot })
      return [usage, found.kind === 'ok' ? found.checkValue : undefined] as const
    })
    const parts = [['TMK', master?.checkValue] as const, ['NEW', staged?.checkValue] as const, ...working]
    return parts.flatMap(([usage, value]) => (value ? [{ slot, usage, checkValue: toHex(value) }] : []))
  })
  return { rows, tampered: store.tampered }
}

function credentialOf({ secret, certificate, root }: NonNullable<TerminalSetup['credential']>): Credential {
  return { secret: bytesOf(secret), certificate: bytesOf(certificate), root: bytesOf(root) }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
