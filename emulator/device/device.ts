import type { Credential } from '../../host-link/channel/channel-end.ts'
import { initiator } from '../../host-link/channel/initiator.ts'
import type { Device } from '../../terminal/device/device.ts'
import type { Flash } from '../../terminal/device/flash.ts'
import { type Body, makeBody, setPaper } from './body.ts'
import { type Bus, PowerLost } from './bus.ts'
import { channelDialler, type Dialler, plainDialler } from './channel-stream.ts'
import { makeCharset } from './charset.ts'
import { dateOf, makeClock } from './clock.ts'
import { makeScreen, models } from './display.ts'
import { guarded } from './guard.ts'
import { makeInbox } from './inbox.ts'
import { makeKeypad } from './keypad.ts'
import { makeLink } from './link.ts'
import type { DeviceOptions, Operator } from './ports.ts'
import { makePrinter } from './printer.ts'
import { makeReader } from './reader.ts'
import { makeSecure, type SecureUnit } from './secure.ts'
import { makerService, tamperWithoutPower } from './secure-start.ts'
import { makeSlots, type SlotsOptions } from './slots.ts'

/** One stretch of power: from the moment it comes to the moment it goes. */
export interface EmulatedDevice {
  readonly device: Device
  /** Works on cable and paper also without power; keys and cards do nothing then. */
  readonly operator: Operator
  /** From here on every call throws PowerLost and no wait settles; the stream to the host is gone. */
  powerLost(): void
}

/** What belongs to the machine around the device. */
export interface Hands {
  /** What outlives the power; without it, a device as unpacked. */
  readonly body?: Body
  /** `info.restart()` was called; the device's power is already gone. */
  restart?(): void
  /** Program chip and program built in; without it, a device that takes no programs. */
  readonly slots?: SlotsOptions
}

/** A device that has just got power. Throws Error when a master key does not fit its check value. */
export function makeDevice(options: DeviceOptions, flash: Flash, hands: Hands = {}): EmulatedDevice {
  const { scheduler, observer, model } = options
  const body = hands.body ?? makeBody()
  let alive = true
  const isAlive = (): boolean => alive

  const screen = makeScreen({
    model,
    scheduler,
    observer,
    quality: () => link.link.quality(),
    alive: isAlive,
  })
  const bus: Bus = {
    observer,
    scheduler,
    get alive() {
      return alive
    },
    after: (ms, then) =>
      scheduler.after(ms, () => {
        if (alive) then()
      }),
    show: screen.show,
  }
  const keypad = makeKeypad(bus)
  const reader = makeReader(bus)
  const printer = makePrinter(bus, body, models[model].paperColumns)
  const link = makeLink({
    ...{ bus, body, changed: screen.changed },
    dial: dialler(options, body, () => secure.credential()),
    security: options.security ?? 'plain',
  })
  const inbox = makeInbox(bus, body, options.inbox)
  const secure = secureOrDead()
  const { security, credential } = options
  if (security === 'noise' && (credential ?? secure.credential()) === undefined)
    throw new Error('device: a channel wants a credential')

  /** A device whose secure element cannot start shows nothing more. */
  function secureOrDead(): SecureUnit {
    try {
      return makeSecure(bus, screen, options, body)
    } catch (error) {
      alive = false
      throw error
    }
  }

  function powerLost(): void {
    if (!alive) return
    alive = false
    link.drop()
    inbox.drop()
    secure.drop()
  }

  const device: Device = {
    display: screen.display,
    keypad: keypad.keypad,
    reader: reader.reader,
    secure: secure.secure,
    printer,
    flash,
    slots: makeSlots(hands.slots ?? {}),
    link: link.link,
    inbox: inbox.inbox,
    clock: makeClock(bus, body),
    charset: makeCharset((bytes) => options.gbk(bytes)),
    info: {
      identity: () => options.identity,
      setup: () => options.setup,
      restart() {
        powerLost()
        hands.restart?.()
        throw new PowerLost()
      },
    },
  }
  const operator: Operator = {
    press(key) {
      if (!alive) return
      observer.beep?.('key')
      if (!secure.press(key)) keypad.press(key)
    },
    swipe: (stripe) => alive && reader.swipe(stripe),
    swipeBadly: () => alive && reader.swipeBadly(),
    paperOut: (lines = 0) => setPaper(body, lines),
    paperIn: () => setPaper(body, undefined),
    cable(plugged) {
      link.cable(plugged)
      inbox.cable(plugged)
      if (!plugged) secure.unplugged()
    },
    tamper: () => (alive ? secure.tamper() : tamperWithoutPower(options, body)),
    service: () => !alive && makerService(options, body),
  }
  inbox.start()
  return { device: guarded(device, isAlive, () => new PowerLost()), operator, powerLost }
}

/** How the link reaches its host: inside a channel it is refused to a device that has no identity any more. */
function dialler(
  { security, identity, ...options }: DeviceOptions,
  body: Body,
  credentialNow: () => Credential | undefined,
): Dialler {
  const { dial, hostId = '', scheduler } = options
  if (security !== 'noise') return plainDialler(dial)
  const inChannel = (credential: Credential) =>
    initiator({
      ...{ credential, purpose: 'host', serial: identity.serial, peerId: hostId },
      today: () => dateOf(scheduler, body),
      ...{ random: options.random, ephemerals: body.ephemerals },
    })
  return (events) => {
    const credential = credentialNow()
    if (credential === undefined) return { stream: Promise.resolve(undefined), cancel() {} }
    return channelDialler(dial, () => inChannel(credential))(events)
  }
}
