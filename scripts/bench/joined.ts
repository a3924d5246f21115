import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import { type FlashChip, type FlashSnapshot, makeFlashChip } from '../../emulator/device/flash.ts'
import { guarded } from '../../emulator/device/guard.ts'
import type { Picture } from '../../emulator/device/ports.ts'
import type { Engine } from '../../emulator/engine.ts'
import { type Machine, makeMachine } from '../../emulator/machine.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import { makeVirtualTime, type VirtualTime } from '../../emulator/virtual-time.ts'
import type { QuickJsModule } from '../../emulator/vm/instance.ts'
import { STACK_BYTES } from '../../emulator/vm/limits.ts'
import { quickJsEngine } from '../../emulator/vm/quickjs-engine.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import { startWhole } from '../../terminal/whole.ts'
import { ensureBuilt } from '../build.ts'
import { readCards, readProvision } from '../provision.ts'
import { makeTerminalSetup } from '../terminal-setup.ts'
import { type Bank, bytesFrom, makeBank } from './bank.ts'

/**
 * A terminal, a person who sells at it, and the reference host, joined in this process and in virtual time: all waits
 * of a sale take no time, so what is measured is work. Real bundle, keys, codecs, journal and rules.
 */
export interface Till {
  readonly machine: Machine
  readonly chip: FlashChip
  readonly time: VirtualTime
  readonly bank: Bank
  /** Switches on; resolves when the main menu is on the screen. */
  boot(): Promise<void>
  /** One 消费 sale of RMB 88.80 with store number, stripe, PIN and both slips, from idle to idle. */
  sell(): Promise<'approved' | 'full'>
  /** 查询 by trace: processor time in ms from the enter key to its page. */
  find(trace: number): Promise<number>
  /** 结算, from idle to idle, with its slip. */
  settle(): Promise<void>
  /** What the secure element keeps over a power cut. */
  secure(): Uint8Array | undefined
}

export interface TillOptions {
  readonly engine: Engine
  /** Sectors of 4 KiB; 64 when not given. */
  readonly sectorCount?: number
  /** What the terminal had kept: flash, secure element; and the host that knows it. */
  readonly kept?: {
    readonly flash: FlashSnapshot
    readonly secure: Uint8Array | undefined
    readonly bank: Bank
  }
  /** Local wall clock at the start. */
  readonly wallMs?: number
}

export const SECTOR_BYTES = 4096
export const WALL_MS = Date.UTC(2026, 10, 21, 9, 5, 0)
/** Virtual time between two sales: the secure element encrypts a PIN every 10 s in the long run. */
export const PAUSE_MS = 20_000
const HAND_MS = 50
export const IDLE = /1 ?消费/

export async function readBundle(): Promise<string> {
  return readFileSync((await ensureBuilt()).file, 'utf8')
}

export async function quickJs(module?: QuickJsModule): Promise<Engine> {
  const loaded = module ?? (await loadQuickJsNode())
  return quickJsEngine({ module: loaded, bundle: await readBundle(), stackBytes: STACK_BYTES.mainThread })
}

export function v8(): Engine {
  return v8Engine(startWhole)
}

export function makeTill(options: TillOptions): Till {
  const { provision, cards } = shop()
  const engine = watched(options.engine)
  const time = makeVirtualTime({
    wallMs: options.wallMs ?? WALL_MS,
    async settle() {
      await engine.started()
      await setImmediate()
    },
  })
  const bank = options.kept?.bank ?? makeBank(provision, cards)
  bank.follow(time)
  const chip = makeFlashChip({
    geometry: { sectorBytes: SECTOR_BYTES, sectorCount: options.sectorCount ?? 64, unitBytes: 4 },
  })
  if (options.kept !== undefined) chip.restore(options.kept.flash)
  let secure = options.kept?.secure
  let picture: Picture | undefined
  const stops: string[] = []
  const given = { device: 'standard', locale: 'zh', dialect: 'cup', engine: 'v8', bundle: '' } as const
  const { setup, masterKeys } = makeTerminalSetup(provision, cards, given)
  const machine = makeMachine({
    chip,
    engine,
    onStopped: (why) => stops.push(why),
    options: {
      model: 'standard',
      identity: { maker: 'Shuaka', model: 'standard', serial: provision.terminal.serial, runtime: 'bench' },
      setup,
      scheduler: time,
      dial: bank.dial,
      secureStorage: {
        load: () => secure,
        save(bytes) {
          secure = bytes.slice()
          return true
        },
      },
      masterKeys,
      observer: {
        screen(next) {
          picture = next
        },
        paper: () => undefined,
        slipEnd: () => undefined,
        wire: () => undefined,
      },
      random: bytesFrom(2),
      gbk: gbkOf(),
    },
  })
  const face: Face = { machine, time, stops, picture: () => picture }
  return {
    machine,
    chip,
    time,
    bank,
    secure: () => secure,
    async boot() {
      machine.powerOn()
      await see(face, IDLE)
    },
    sell: () => sell(face, cards[0]?.track2 ?? '', cards[0]?.pin ?? ''),
    find: (trace) => find(face, trace),
    settle: () => settle(face),
  }
}

/** What a person at the till has before them. */
export interface Face {
  readonly machine: Machine
  readonly time: VirtualTime
  readonly stops: readonly string[]
  picture(): Picture | undefined
}

function shows(face: Face, pattern: RegExp): boolean {
  return pattern.test((face.picture()?.rows ?? []).map(({ text }) => text).join('\n'))
}

export async function see(face: Face, pattern: RegExp, ms = 60_000): Promise<void> {
  if (await face.time.runUntil(() => shows(face, pattern), ms)) return
  const rows = (face.picture()?.rows ?? []).map(({ text }) => text).join(' | ')
  throw new Error(`bench: no ${pattern} on the screen, which shows ${rows} ${face.stops.join(', ')}`)
}

async function press(face: Face, keys: string | readonly Key[]): Promise<void> {
  for (const key of keys) {
    face.machine.operator.press(key as Key)
    await face.time.advance(HAND_MS)
  }
}

export async function sell(face: Face, track2: string, pin: string): Promise<'approved' | 'full'> {
  await see(face, IDLE)
  await press(face, '1')
  await see(face, /门店编号|已满/)
  if (shows(face, /已满/)) return 'full'
  await press(face, '0012')
  await press(face, ['enter'])
  await see(face, /RMB 0\.00/)
  await press(face, '8880')
  await press(face, ['enter'])
  await see(face, /请刷卡/)
  face.machine.operator.swipe({ track2: `;${track2}?` })
  if (!(await face.time.runUntil(() => face.picture()?.secure ?? false, 10_000)))
    throw new Error('bench: nobody asks for a PIN')
  await press(face, pin)
  face.machine.operator.press('enter')
  await see(face, /交易成功/)
  await see(face, /请撕下商户存根/)
  await press(face, ['enter'])
  await see(face, IDLE)
  await face.time.advance(PAUSE_MS)
  return 'approved'
}

/** The demo mall, with a first card that nobody can empty. */
export function shop() {
  const demo = (name: string) => readFileAt(`../demo/${name}`)
  const cards = readCards(demo('cards.json'))
  return {
    provision: readProvision(demo('mall.json')),
    cards: cards.map((card) => ({ ...card, balanceFen: 900_000_000 })),
  }
}

function readFileAt(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

async function find(face: Face, trace: number): Promise<number> {
  await see(face, IDLE)
  await press(face, '361')
  await see(face, /凭证号/)
  await press(face, String(trace))
  const before = process.cpuUsage()
  await press(face, ['enter'])
  await see(face, new RegExp(String(trace).padStart(6, '0')))
  const { user, system } = process.cpuUsage(before)
  await press(face, ['cancel', 'cancel'])
  await see(face, IDLE)
  return (user + system) / 1000
}

async function settle(face: Face): Promise<void> {
  await see(face, IDLE)
  await press(face, '9')
  await see(face, /借记/)
  await press(face, ['enter'])
  await see(face, /结算完成|已结算|结算成功/, 3_600_000)
  await press(face, ['enter'])
  await see(face, IDLE)
}

/** `engine`, and when what it started has made its first call of the device: until then it takes real time. */
function watched(engine: Engine): Engine & { started(): Promise<void> } {
  let up = Promise.resolve()
  return {
    name: engine.name,
    started: () => up,
    start(device, events) {
      let ready = (): void => undefined
      up = new Promise((resolve) => {
        ready = resolve
      })
      const called = (): boolean => {
        ready()
        return true
      }
      return engine.start(
        guarded(device, called, () => new Error('shut')),
        {
          stopped(why) {
            ready()
            events.stopped(why)
          },
        },
      )
    },
  }
}

function gbkOf(): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder('gbk')
  return (bytes) => decoder.decode(bytes)
}
