import type { Dial, PaperLine } from '../../../emulator/device/ports.ts'
import { readSecureState } from '../../../emulator/device/secure-state.ts'
import { v8Engine } from '../../../emulator/v8-engine.ts'
import type { VirtualTime } from '../../../emulator/virtual-time.ts'
import type { Credential } from '../../../host-link/channel/channel-end.ts'
import type { Host } from '../../../host-link/host/host.ts'
import type { Provision } from '../../../host-link/host/provision.ts'
import { describeInput } from '../../../host-link/wire/describe.ts'
import { FrameDecoder } from '../../../host-link/wire/frame.ts'
import { keysOf } from '../../../keys/store/held-slots.ts'
import { readSlots } from '../../../keys/store/stored-master.ts'
import { startWhole } from '../../../terminal/whole.ts'
import { type Secret, type Sink, textSink } from '../../rig/leak.ts'
import { makeRawLine } from '../../rig/raw-line.ts'
import { makeTill, type Till } from '../../rig/till.ts'
import { tap } from './story-lines.ts'
import { CANARY, cards } from './story-secrets.ts'

const card = cards[0] as (typeof cards)[number]

export interface StoryOptions {
  readonly time: VirtualTime
  readonly station: Dial
  /** The host, once there is one. */
  readonly host: () => Host | undefined
  readonly provision: Provision
  readonly dialect: 'cup' | 'cbor'
  readonly credential: Credential
  readonly noise?: true
}

/** A till of the story: everything that it shows, prints, sends and keeps is gathered. */
export interface StoryTill {
  readonly till: Till
  inject(): Promise<void>
  /** The flow that prints next ends in an exception of the printer, with the card and the PIN just used. */
  crashes(next: boolean): void
  /** Keeps the flash chip as it is now. */
  beforeSettlement(): void
  /** Keys that the secure element ever had. */
  keys(): readonly Secret[]
  sinks(): readonly Sink[]
}

export function storyTill(options: StoryOptions): StoryTill {
  const { time, provision, credential, dialect } = options
  const { serial } = provision.terminal
  const known = new Map<string, Secret>()
  const state = { crash: false, saved: undefined as Uint8Array | undefined }
  const line = makeRawLine(
    () => time,
    () => {
      const host = options.host()
      if (host === undefined) throw new Error('no host yet')
      return host.connection()
    },
  )
  const network = tap(line.dial)
  const images: { unsettled: Uint8Array } = { unsettled: new Uint8Array() }

  function learn(bytes: Uint8Array): void {
    const found = readSecureState(bytes)
    if (found === undefined) throw new Error('the secure state is damaged')
    for (const slot of readSlots(found.state.store.serialize()).slots)
      for (const key of keysOf(slot))
        known.set(Buffer.from(key).toString('hex'), { name: `key of ${serial}`, value: key.slice() })
  }
  const till = makeTill({
    time,
    setup: {
      ...{ terminalId: provision.terminal.terminalId, merchantId: provision.terminal.merchantId },
      ...{ merchantName: provision.terminal.merchantName, profile: provision.host.profile, dialect },
      parameters: provision.parameters,
      stores: provision.stores,
    },
    engine: v8Engine((device) =>
      startWhole({
        ...device,
        printer: {
          ...device.printer,
          print(lines) {
            if (!state.crash) return device.printer.print(lines)
            state.crash = false
            throw new Error(`the printer is on fire ${JSON.stringify(device.secure.slot(1))}`)
          },
        },
      }),
    ),
    device: {
      ...{ credential, station: options.station, masterKeys: [], hostId: 'HOST-1' },
      identity: { maker: 'Shuaka', model: 'test', serial, runtime: 'test' },
      dial: async (events) => (options.host() === undefined ? undefined : network.dial(events)),
      ...(options.noise && { security: 'noise' }),
      secureStorage: {
        load: () => state.saved,
        save(bytes) {
          state.saved = bytes.slice()
          learn(bytes)
          return true
        },
      },
    },
  })
  return {
    till,
    async inject() {
      till.machine.powerOn()
      await till.see(/未注入密钥/)
      await till.toIdle()
      await keysMenu(till, '1')
      for (const password of [
        CANARY.passwords[0],
        CANARY.passwords[0],
        CANARY.passwords[1],
        CANARY.passwords[1],
      ]) {
        await till.type(password)
        await till.press('enter')
      }
      await till.see(/成功 密钥槽 1/)
      await till.press('enter')
      await till.toIdle()
    },
    crashes(next) {
      state.crash = next
    },
    beforeSettlement() {
      images.unsettled = till.chip.image()
    },
    keys: () => [...known.values()],
    sinks() {
      const whole = Buffer.concat(network.seen)
      const inside = Buffer.from(till.wire.map((entry) => entry.split(' ')[1] ?? '').join(''), 'hex')
      const plain = options.noise ? [] : ['PAN', 'track']
      return [
        textSink(`screens of ${serial}`, till.screens),
        textSink(
          `slips of ${serial}`,
          till.paper.map(({ text }: PaperLine) => text),
        ),
        textSink(`stops of ${serial}`, till.stops),
        { name: `network line of ${serial}`, bytes: whole, allowed: plain },
        { name: `messages of ${serial}`, bytes: inside, allowed: ['PAN', 'track'] },
        textSink(`messages of ${serial}, described`, described(till)),
        { name: `flash of ${serial} before the settlement`, bytes: images.unsettled, allowed: ['PAN'] },
        { name: `flash of ${serial} at the end`, bytes: till.chip.image() },
      ]
    },
  }
}

function described(till: Till): readonly string[] {
  const gbk = new TextDecoder('gbk')
  const cutter = { in: new FrameDecoder(), out: new FrameDecoder() }
  return till.wire.flatMap((entry) => {
    const [direction, hex = ''] = entry.split(' ')
    if (direction === 'open' || direction === 'close') {
      cutter.in = new FrameDecoder()
      cutter.out = new FrameDecoder()
      return []
    }
    const bodies = cutter[direction === 'in' ? 'in' : 'out'].push(Uint8Array.from(Buffer.from(hex, 'hex')))
    return bodies.map((body) => {
      const { text, json } = describeInput(body, { charset: (bytes) => gbk.decode(bytes) })
      return `${text}\n${JSON.stringify(json)}`
    })
  })
}

/** 管理 → 更多 → 密钥. */
async function keysMenu(till: Till, digit: '1' | '2' | '3'): Promise<void> {
  await till.press('4', '9', '8', digit)
  await till.see(/请主管输入密码/)
  await till.type('123456')
  await till.press('enter')
}

/** Sales that go well and badly, a remote loading, a crash, a settlement, and at the end an opened case. */
export async function terminalDay(story: StoryTill, { renew }: { readonly renew: boolean }): Promise<void> {
  const { till, crashes } = story
  const sell = async (pin: string): Promise<void> => {
    await till.order({ amount: '100', card, pin })
    await till.see(/交易成功|密码错/, 70_000)
  }
  await till.press('4', '1')
  await till.see(/签到成功/, 70_000)
  await till.toIdle()
  await sell(CANARY.pin)
  await till.toIdle()
  await sell(CANARY.wrongPin)
  await till.pin(CANARY.pin)
  await till.toIdle()
  if (renew) {
    await keysMenu(till, '2')
    await till.see(/新密钥已装载/, 70_000)
    await till.toIdle()
    await sell(CANARY.pin)
    await till.toIdle()
  }
  crashes(true)
  await till.order({ amount: '100', card, pin: CANARY.pin })
  await till.see(/RESTART/, 70_000)
  await till.toIdle()
  story.beforeSettlement()
  await till.press('9')
  await till.see(/净额/)
  await till.press('enter')
  await till.see(/结算完成/, 70_000)
  await till.toIdle()
  await openedWhileTyping(till)
}

/** The case is opened while a customer types. */
async function openedWhileTyping(till: Till): Promise<void> {
  await till.press('2')
  await till.see(/请刷卡/)
  await till.swipe(card)
  await till.see(/请输入密码/)
  await till.type(CANARY.pin.slice(0, 11))
  till.machine.operator.tamper()
  await till.see(/机具被拆动/, 70_000)
  await till.toIdle()
}
