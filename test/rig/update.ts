import { verify } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type EmulatedDevice, makeDevice } from '../../emulator/device/device.ts'
import { type FlashChip, type FlashSnapshot, makeFlashChip, PowerCut } from '../../emulator/device/flash.ts'
import type { InboxPort } from '../../emulator/device/ports.ts'
import { builtInProgram } from '../../emulator/device/slots.ts'
import { makeVirtualTime, type VirtualTime } from '../../emulator/virtual-time.ts'
import { firstStage } from '../../terminal/boot/first-stage.ts'
import { type Areas, areasOf } from '../../terminal/boot/layout.ts'
import type { Device } from '../../terminal/device/device.ts'
import type { Flash, FlashGeometry } from '../../terminal/device/flash.ts'
import type { Setup } from '../../terminal/device/info.ts'
import type { Started } from '../../terminal/device/slots.ts'
import { makeUpdater, type ReportFacts, type Updater } from '../../terminal/update/updater.ts'
import { hexOf, MODEL, NOW, personOfSeed, SERIAL, sha256, TENANT } from '../host-link/wire/tms/samples.ts'
import { FACTORY_ROOT, programText } from './update-documents.ts'
import { makeService, type Service } from './update-service.ts'

/** 64 KiB sectors of 2 KiB… small enough that a run with a cut at every operation lasts moments. */
export const SMALL_CHIP: FlashGeometry = { sectorBytes: 2_048, sectorCount: 48, unitBytes: 4 }
/** What the runtime has built in. */
export const FACTORY_PROGRAM = programText(8_000, 'factory')
const reporter = personOfSeed(new Uint8Array(32).fill(77))

/** An emulated device with program chip and service, and the updater alone as its application, in virtual time. */
export interface UpdateTerminal {
  readonly chip: FlashChip
  readonly areas: Areas
  readonly time: VirtualTime
  readonly service: Service
  /** Of the present stretch of power. */
  device(): Device
  updater(): Updater
  /** Somebody is at the terminal. */
  busy: boolean
  facts: Partial<ReportFacts>
  /** SHA-256 of the parameter set in the store. */
  inForce: Uint8Array | undefined
  readonly commands: number[][]
  /** Bugs of ours that stopped the loop; every test ends with none. */
  readonly faults: unknown[]
  /** Power on: first stage, then the updater. False when the power went meanwhile. */
  start(): boolean
  stop(): void
  /** Lets time pass until `done` holds; false: it never did, or the power went. */
  until(done: () => boolean, limitMs?: number): Promise<boolean>
  /** What the first stage chose at the last start. */
  started(): Started
  /** All that lasts: another terminal may begin `from` it. */
  lasting(): Lasting
}

export interface Lasting {
  readonly chip: FlashSnapshot
  readonly saved: Uint8Array | undefined
  /** Of the last order. */
  readonly seq: number
}

export interface UpdateTerminalOptions {
  readonly geometry?: FlashGeometry
  readonly seed?: number
  readonly from?: Lasting
  /** Of several terminals that share it. */
  readonly time?: VirtualTime
  readonly serial?: string
  /** In the place of the scripted service. */
  readonly inbox?: InboxPort
}

export function makeUpdateTerminal(options: UpdateTerminalOptions = {}): UpdateTerminal {
  const geometry = options.geometry ?? SMALL_CHIP
  const chip = makeFlashChip({ geometry, seed: options.seed ?? 1 })
  const areas = areasOf(geometry)
  if (areas === undefined) throw new Error('a chip too small for programs')
  const time =
    options.time ?? makeVirtualTime({ wallMs: NOW * 1_000, settle: async () => void (await setImmediate()) })
  const service = makeService(time, options.from?.seq)
  const builtIn = builtInProgram(FACTORY_PROGRAM, 1, '0.1.0')
  const factory = () => builtIn
  let saved = options.from?.saved
  if (options.from !== undefined) chip.restore(options.from.chip)
  let counter = 0
  let unit: EmulatedDevice | undefined
  let device: Device | undefined
  let updater: Updater | undefined
  let started: Started = { place: 'factory', trial: false }
  const lasting = makeFlashChip({ geometry: { sectorBytes: 4_096, sectorCount: 2, unitBytes: 4 } })

  /** The chip as the device sees it: where its power goes, that of the device does. */
  const slotsChip: Flash = {
    geometry: () => chip.geometry(),
    read: (address, length) => orPowerOff(() => chip.read(address, length)),
    program: (address, bytes) => orPowerOff(() => chip.program(address, bytes)),
    erase: (sector) => orPowerOff(() => chip.erase(sector)),
  }
  function orPowerOff<T>(act: () => T): T {
    try {
      return act()
    } catch (error) {
      if (error instanceof PowerCut) unit?.powerLost()
      throw error
    }
  }

  const terminal: UpdateTerminal = {
    ...{ chip, areas, time, service, busy: false, facts: {}, inForce: undefined, commands: [], faults: [] },
    device: () => there(device),
    updater: () => there(updater),
    started: () => started,
    lasting: () => ({ chip: chip.snapshot(), saved, seq: service.seq() }),
    start() {
      terminal.stop()
      chip.repower()
      unit = makeDevice(
        {
          ...{ model: 'standard', scheduler: time, masterKeys: [], setup: SETUP, observer: silent },
          identity: { maker: 'Shuaka', model: MODEL, serial: options.serial ?? SERIAL, runtime: 'test' },
          dial: async () => undefined,
          secureStorage: {
            load: () => saved,
            save(bytes) {
              saved = bytes.slice()
              return true
            },
          },
          random: (length) => sha256(Buffer.from(`random ${counter++}`)).slice(0, length),
          gbk: () => '',
          inbox: options.inbox ?? service.port,
        },
        lasting,
        { slots: { chip: slotsChip, builtIn: factory, running: () => started } },
      )
      device = quick(unit.device)
      try {
        started = chosen(device)
        updater = makeUpdater({
          device,
          update: { tenant: TENANT, root: FACTORY_ROOT },
          busy: () => terminal.busy,
          facts: () => ({ ...FACTS, ...terminal.facts }),
          parameterSet: () => terminal.inForce,
          commands: (list) => void terminal.commands.push(list.map(({ id }) => id)),
          fault: (error) => void terminal.faults.push(error),
        })
      } catch (error) {
        if (error instanceof PowerCut) return false
        throw error
      }
      there(updater)
        .run()
        .catch(() => undefined)
      return true
    },
    stop() {
      unit?.powerLost()
      chip.powerOff()
    },
    async until(done, limitMs = 3_600_000) {
      const held = await time.runUntil(() => !chip.powered() || done(), limitMs)
      return held && chip.powered()
    },
  }
  return terminal
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the terminal was never started')
  return value
}

function chosen(device: Device): Started {
  const areas = areasOf(device.slots.geometry())
  const choice = firstStage({
    ...{ slots: device.slots, secure: device.secure, hung: false },
    load: (address, length) => device.slots.hash(address, length),
  })
  if (choice.kind === 'halt' || areas === undefined) throw new Error('no program runs')
  return { place: choice.place, trial: choice.attempt > 0 }
}

/** Answers of `check`, which are the same at every terminal. */
const known = new Map<string, boolean>()

/** Signatures by node:crypto, the same as those of the device and a hundred times faster. */
function quick(device: Device): Device {
  return {
    ...device,
    secure: {
      ...device.secure,
      reportKey: () => reporter.key.slice(),
      sign: (bytes) => reporter.sign(bytes),
      verify(key, message, signature) {
        const name = hexOf(sha256(Buffer.concat([key, signature, message])))
        const before = known.get(name) ?? check(key, message, signature)
        known.set(name, before)
        return before
      },
    },
  }
}
function check(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]) // RFC 8410, 4
  return verify(null, message, { key: der, format: 'der', type: 'spki' }, signature)
}

const SETUP: Setup = {
  ...{ terminalId: '10000001', merchantId: '898320153110001', merchantName: '示例', tpdu: '6000030000' },
  ...{ profile: 'mall', keySlot: 1, parameters: {}, stores: [] },
  dialect: 'cup',
}
const silent = { screen: () => {}, paper: () => {}, slipEnd: () => {}, wire: () => {} }
const FACTS: ReportFacts = {
  waiting: 0,
  parameters: { pseq: 0, hash: null, drift: [], code: 0, refused: null },
  batch: { number: 1, count: 0, frozen: false, owed: 0 },
  checkValues: new Map(),
  comms: { quality: 4, security: 'plain', counters: [] },
  health: { paper: 0, flashRetired: 0, starts: 1, salesFailed: 0 },
  commandResults: [],
}
