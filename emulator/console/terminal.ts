import { randomBytes } from 'node:crypto'
import { createHost } from '../../host-link/host/host.ts'
import type { HostTime } from '../../host-link/host/ledger.ts'
import { memoryStore } from '../../host-link/host/memory-store.ts'
import { httpsGet } from '../../host-link/transport/https-get.ts'
import { mqttInbox } from '../../host-link/transport/mqtt-client.ts'
import { tcpDial } from '../../host-link/transport/tcp-client.ts'
import { tlsDial } from '../../host-link/transport/tls-client.ts'
import { equalBytes } from '../../keys/equal-bytes.ts'
import type { LineSecurity } from '../../terminal/device/link.ts'
import { VERSION } from '../../terminal/version.ts'
import { startWhole } from '../../terminal/whole.ts'
import { makeCharset } from '../device/charset.ts'
import { guarded } from '../device/guard.ts'
import type { DeviceOptions, Dial, InboxPort, Observer, Scheduler } from '../device/ports.ts'
import { readSecureState } from '../device/secure-state.ts'
import type { Engine } from '../engine.ts'
import { type Machine, makeMachine } from '../machine.ts'
import { v8Engine } from '../v8-engine.ts'
import { STACK_BYTES } from '../vm/limits.ts'
import { quickJsEngine } from '../vm/quickjs-engine.ts'
import { openFlash } from './flash-folder.ts'
import { dialLocal } from './local-host.ts'
import { loadQuickJsNode } from './quickjs-node.ts'
import { stationDial } from './station-dial.ts'
import type { HostSetup, TerminalSetup, TmsAddress } from './worker-words.ts'

/** A terminal at the console. */
export interface ConsoleTerminal {
  readonly machine: Machine
  /** The language of the next start. */
  setLocale(locale: 'zh' | 'en'): void
  /**
   * Resolves when the application of the present start has made its first call of the device, or has ended: until
   * then the engine is still coming up, which takes real time and none of the scheduler's.
   */
  started(): Promise<void>
  close(): void
}

export interface ConsoleOptions {
  readonly setup: TerminalSetup
  readonly scheduler: Scheduler
  readonly observer: Observer
  onStopped?(why: string): void
  /** Chance of the device and of the host in this process, for runs that are compared; absent: this computer's. */
  readonly random?: (length: number) => Uint8Array
  readonly hostRandom?: (length: number) => Uint8Array
  /** Name of the runtime that the terminal shows, for runs that are compared; absent: its engine's. */
  readonly runtime?: string
}

/** Puts the terminal together; it is off. Rejects with one sentence when a part is not to be had. */
export async function makeConsoleTerminal(given: ConsoleOptions): Promise<ConsoleTerminal> {
  const { setup, scheduler, observer } = given
  const flash = openFlash(setup.flashFolder)
  checkIdentity(setup, flash.secureStorage.load())
  const start = makeStart(await makeEngine(setup))
  let locale = setup.locale
  const gbk = new TextDecoder('gbk')
  const options: DeviceOptions = {
    model: setup.model,
    identity: {
      maker: 'Shuaka',
      model: setup.model,
      serial: setup.serial,
      runtime: given.runtime ?? `${start.engine.name} ${VERSION}`,
    },
    get setup() {
      return { ...setup.setup, parameters: { ...setup.setup.parameters, locale } }
    },
    scheduler,
    dial: makeDial(setup.host, scheduler, given.hostRandom),
    security: securityOf(setup),
    ...(setup.credential === undefined ? {} : { credential: setup.credential }),
    ...(setup.hostId === undefined ? {} : { hostId: setup.hostId }),
    ...(setup.station === undefined ? {} : { station: stationDial(setup.station) }),
    ...(setup.tms === undefined ? {} : { inbox: await makeInboxPort(setup.tms, setup.serial, scheduler) }),
    secureStorage: flash.secureStorage,
    masterKeys: setup.masterKeys,
    observer,
    random: given.random ?? chance,
    gbk: (bytes) => gbk.decode(bytes),
  }
  const machine = makeMachine({
    options,
    chip: flash.chip,
    programChip: flash.programChip,
    engine: start.engine,
    onStopped: (why) => given.onStopped?.(why),
  })
  return {
    machine,
    setLocale(next) {
      locale = next
    },
    started: start.started,
    close() {
      machine.powerOff()
      flash.close()
    },
  }
}

/** Throws Error where another identity is handed in than the one that the terminal has: it would not be taken. */
function checkIdentity({ credential, flashFolder }: TerminalSetup, saved: Uint8Array | undefined): void {
  const kept = saved && readSecureState(saved)?.state.credential
  if (credential === undefined || kept === undefined || equalBytes(credential.secret, kept.secret)) return
  throw new Error(
    `the terminal in ${flashFolder} has another identity; open its case and have the maker close it, or use an empty folder`,
  )
}

async function makeEngine(setup: TerminalSetup): Promise<Engine> {
  if (setup.engine === 'v8') return v8Engine(startWhole)
  const module = await loadQuickJsNode()
  return quickJsEngine({ module, bundle: setup.bundle, stackBytes: STACK_BYTES.nodeWorker })
}

/** The package of the broker's protocol is loaded only for who uses it. The CA signs for broker and second source. */
export async function makeInboxPort(
  tms: TmsAddress,
  serial: string,
  scheduler: Scheduler,
): Promise<InboxPort> {
  const { connectMqtt } = await import('../../host-link/transport/mqtt-node.ts')
  const isSecure = tms.objects?.startsWith('https:') === true
  return mqttInbox({
    ...{ ...tms, serial, scheduler, connect: connectMqtt },
    ...(isSecure && tms.ca !== undefined && { get: httpsGet(tms.ca) }),
    now: () => Date.now(),
    random: (length) => new Uint8Array(randomBytes(length)),
  })
}

/** `engine`, and when what it started has come up. */
function makeStart(engine: Engine): { readonly engine: Engine; started(): Promise<void> } {
  let up = Promise.resolve()
  const watched: Engine = {
    ...engine,
    start(device, events, program) {
      let ready = (): void => undefined
      up = new Promise((resolve) => {
        ready = resolve
      })
      const called = (): boolean => {
        ready()
        return true
      }
      const running = engine.start(
        guarded(device, called, () => new Error('shut')),
        {
          stopped(why, hung) {
            ready()
            events.stopped(why, hung)
          },
        },
        program,
      )
      return {
        kill() {
          ready()
          running.kill()
        },
        ...(running.memory === undefined ? {} : { memory: () => running.memory?.() ?? { used: 0, peak: 0 } }),
      }
    },
  }
  return { engine: watched, started: () => up }
}

function securityOf({ host, security = 'plain' }: TerminalSetup): LineSecurity {
  return security === 'plain' && host.kind === 'tcp' && host.tls !== undefined ? 'tls' : security
}

function chance(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length))
}

/** The way to the host of a set-up: a socket, or the embedded host in `scheduler`'s time. */
export function makeDial(host: HostSetup, scheduler: Scheduler, random = chance): Dial {
  if (host.kind === 'tcp')
    return host.tls === undefined ? tcpDial(host.host, host.port) : tlsDial(host.host, host.port, host.tls.ca)
  const decoder = new TextDecoder('gbk')
  const charset = makeCharset((bytes) => decoder.decode(bytes))
  const embedded = createHost({
    store: memoryStore(),
    terminals: host.terminals,
    cards: host.cards,
    acquirer: host.acquirer,
    ...(host.channel === undefined ? {} : { channel: host.channel }),
    clock: { now: () => hostTime(scheduler.wallMs()) },
    random,
    secret: random(32),
    gbk: (text) => String.fromCharCode(...charset.encodeGbk(text)),
  })
  return dialLocal(embedded, scheduler)
}

/** Local wall-clock milliseconds as the host writes them: `20261121`, `093000`. */
function hostTime(wallMs: number): HostTime {
  const digits = new Date(wallMs).toISOString().replace(/\D/g, '')
  return { date: digits.slice(0, 8), time: digits.slice(8, 14) }
}
