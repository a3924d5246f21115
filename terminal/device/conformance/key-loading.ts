import type { InjectResult, RenewResult } from '../secure.ts'
import { LOADED_SLOT, TEST_MASTER_CHECK_VALUE, TEST_PASSWORDS, TEST_SLOT } from './keys.ts'
import { request as pinRequest, type as press } from './pin.ts'
import type { Capability, Port } from './port.ts'
import { loadKeys } from './secure.ts'
import { holds, same, type Threw, type Vector, vector, type Watch, watch, within } from './vector.ts'

const [FIRST, SECOND] = TEST_PASSWORDS
const WRONG = '9999999'
/** What the secure element may take for a handshake and three messages. */
const LOAD_MS = 5_000

/** Asks for an injection; `typed` are the two people's keys. */
async function begins(port: Port): Promise<Watch<InjectResult | Threw>> {
  const asked = watch(() => port.device.secure.inject({ locale: 'en' }))
  await port.rig.pass(0)
  return asked
}

/** Makes sure that the two passwords are `TEST_PASSWORDS`: makes them where nobody has. Leaves no injection behind. */
async function passwords(port: Port): Promise<void> {
  const asked = await begins(port)
  if (asked.result !== undefined) same(asked.result, undefined, 'an injection begins')
  port.rig.giver('silent')
  await press(port, `${FIRST}e${SECOND}e`) // where they are made, the second is no repetition of the first
  await press(port, `${FIRST}e${FIRST}e${SECOND}e${SECOND}e`)
  port.device.secure.cancel()
  await port.rig.pass(0)
  port.rig.giver('none')
}

/** An injection with both passwords typed, and whoever `giver` is at the cable. */
async function opened(port: Port, giver: Parameters<Port['rig']['giver']>[0]) {
  await passwords(port)
  port.rig.giver(giver)
  const asked = await begins(port)
  await press(port, `${FIRST}e${SECOND}e`)
  return asked
}

/** What comes of it, with any key where it is shown first. */
async function told(
  port: Port,
  asked: Watch<InjectResult | Threw>,
): Promise<InjectResult | Threw | undefined> {
  await port.rig.pass(LOAD_MS)
  if (asked.result === undefined) await press(port, 'e')
  return asked.result
}

async function renewed(port: Port, ms = LOAD_MS): Promise<RenewResult> {
  return within(port.rig, ms, () => port.device.secure.renewMaster(LOADED_SLOT, ms))
}

const isFree = ({ rig }: Port): boolean => !rig.screen().secure
const screenText = ({ rig }: Port): string =>
  rig
    .screen()
    .rows.map(({ text }) => text)
    .join('\n')

// biome-ignore format: one vector a paragraph
const loadingVectors: readonly Vector[] = [
  vector('inject.loads', 'a station’s key is in its slot, with the check value that the station says', async (port) => {
    const asked = await opened(port, 'gives')
    same(await told(port, asked), { kind: 'loaded', slots: [port.rig.given()] }, 'result')
    const { masterKey, staged, version } = port.device.secure.slot(LOADED_SLOT)
    same({ slot: LOADED_SLOT, checkValue: masterKey }, port.rig.given(), 'slot')
    same([staged, version], [undefined, 0], 'what is beside it and under it')
    same(port.device.secure.slot(TEST_SLOT).masterKey, TEST_MASTER_CHECK_VALUE, 'another slot')
    holds(isFree(port), 'the screen stays the secure element’s')
  }),
  vector('inject.screen', 'screen and keypad are the secure element’s from beginning to end; digits do not show', async (port) => {
    await passwords(port)
    const key = watch(() => port.device.keypad.next(60_000))
    const asked = await begins(port)
    holds(!isFree(port), 'the screen is the application’s')
    await press(port, '88888')
    holds(!screenText(port).includes('8'), 'a digit shows')
    same(screenText(port).split('*').length - 1, 5, 'asterisks')
    same(key.result, undefined, 'a waiting next()')
    await press(port, 'x')
    same(asked.result, { kind: 'cancelled' }, 'result')
    port.device.keypad.cancel()
    same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'timeout' }, 'queue after it')
  }),
  vector('inject.digits', 'six digits are no password', async (port) => {
    await passwords(port)
    const asked = await begins(port)
    const before = screenText(port)
    await press(port, '123456e')
    holds(screenText(port).includes('*') || screenText(port) === before, 'the next password is asked for')
    await press(port, 'x')
    same(asked.result, { kind: 'cancelled' }, 'result')
  }),
  vector('inject.wrong', 'a wrong pair is asked for again, and opens nothing', async (port) => {
    await passwords(port)
    port.rig.giver('gives')
    const asked = await begins(port)
    await press(port, `${FIRST}e${WRONG}e`)
    await port.rig.pass(LOAD_MS)
    same(port.rig.given(), undefined, 'given after a wrong second one')
    await press(port, `${WRONG}e${SECOND}e`)
    await port.rig.pass(LOAD_MS)
    same(port.rig.given(), undefined, 'given after a wrong first one')
    await press(port, `${FIRST}e${SECOND}e`)
    same((await told(port, asked))?.kind, 'loaded', 'after the right ones')
  }),
  vector('inject.cancel', 'cancel() ends it at a password and at the cable', async (port) => {
    const asked = await opened(port, 'silent')
    port.device.secure.cancel()
    await port.rig.pass(0)
    same(asked.result, { kind: 'cancelled' }, 'at the cable')
    const again = await begins(port)
    port.device.secure.cancel()
    await port.rig.pass(0)
    same(again.result, { kind: 'cancelled' }, 'at a password')
    holds(isFree(port), 'the screen stays the secure element’s')
  }),
  vector('inject.idle', 'a minute with neither key nor message ends it; a key begins it anew', async (port) => {
    await passwords(port)
    const asked = await begins(port)
    await port.rig.pass(55_000)
    await press(port, '1')
    await port.rig.pass(55_000)
    same(asked.result, undefined, '55 s after a key')
    await port.rig.pass(6_000)
    same(asked.result, { kind: 'timeout' }, '61 s after it')
    const silent = await opened(port, 'silent')
    await port.rig.pass(61_000)
    same(silent.result, { kind: 'timeout' }, 'at the cable')
  }),
  vector('inject.total', 'after 15 minutes it is over, whatever is typed', async (port) => {
    await passwords(port)
    const asked = await begins(port)
    for (let minute = 0; minute < 28; minute++) {
      await port.rig.pass(30_000)
      await press(port, '1c')
    }
    same(asked.result, undefined, 'after 14 minutes')
    await port.rig.pass(30_000)
    await press(port, '1')
    await port.rig.pass(31_000)
    same(asked.result, { kind: 'timeout' }, 'after 15')
  }),
  vector('inject.busy', 'of the four that take their time one runs', async (port) => {
    await passwords(port)
    loadKeys(port, '004')
    const { secure } = port.device
    const asked = await begins(port)
    same(await within(port.rig, 0, () => secure.inject({ locale: 'en' })), { kind: 'busy' }, 'inject')
    same(await within(port.rig, 0, () => secure.enterPin(pinRequest)), { kind: 'busy' }, 'enterPin')
    same(await renewed(port, 0), { kind: 'busy' }, 'renewMaster')
    secure.cancel()
    await port.rig.pass(0)
    same(asked.result, { kind: 'cancelled' }, 'the first one goes on')
  }),
  vector('inject.none', 'nobody at the service socket', async (port) => {
    same(await told(port, await opened(port, 'none')), { kind: 'noStation' }, 'result')
  }),
  vector('inject.refused', 'what the station refuses with is told', async (port) => {
    same(await told(port, await opened(port, 'refuses')), { kind: 'refused', why: 'notExpected' }, 'result')
  }),
  vector('inject.foreign', 'a message that does not belong here ends it, and no key has changed', async (port) => {
    const before = port.device.secure.slot(LOADED_SLOT)
    same(await told(port, await opened(port, 'foreign')), { kind: 'failed', why: 'message' }, 'result')
    same(port.device.secure.slot(LOADED_SLOT), before, 'slot')
  }),
  vector('inject.stranger', 'a station of another trust root is not talked to', async (port) => {
    const before = port.device.secure.slot(LOADED_SLOT)
    const result = await told(port, await opened(port, 'stranger'))
    same(result?.kind, 'failed', 'result')
    same([port.rig.given(), port.device.secure.slot(LOADED_SLOT)], [undefined, before], 'what it gave, and the slot')
  }),
  vector('renew.loads', 'the host’s key replaces the one in the slot', async (port) => {
    port.rig.giver('gives')
    const result = await renewed(port)
    same(result, { kind: 'renewed', checkValue: port.rig.given()?.checkValue }, 'result')
    same(port.device.secure.slot(LOADED_SLOT), { version: 0, masterKey: port.rig.given()?.checkValue }, 'slot')
  }),
  vector('renew.refused', 'what the host refuses with is told, and the key stays', async (port) => {
    const before = port.device.secure.slot(LOADED_SLOT)
    port.rig.giver('refuses')
    same(await renewed(port), { kind: 'refused', why: 'notExpected' }, 'result')
    same(port.device.secure.slot(LOADED_SLOT), before, 'slot')
  }),
  vector('renew.stranger', 'a host of another trust root is not talked to', async (port) => {
    const before = port.device.secure.slot(LOADED_SLOT)
    port.rig.giver('stranger')
    same((await renewed(port)).kind, 'failed', 'result')
    same([port.rig.given(), port.device.secure.slot(LOADED_SLOT)], [undefined, before], 'what it gave, and the slot')
  }),
  vector('renew.no-line', 'without a cable, or a host that takes the call, noLine', async (port) => {
    port.rig.host.answer('refuse')
    same(await renewed(port), { kind: 'noLine' }, 'refused')
    port.rig.cable(false)
    same(await renewed(port), { kind: 'noLine' }, 'no cable')
  }),
  vector('renew.timeout', 'a silent host: timeout at the deadline, cancelled by cancel()', async (port) => {
    port.rig.giver('silent')
    const asked = watch(() => port.device.secure.renewMaster(LOADED_SLOT, 1000))
    await port.rig.pass(950)
    same(asked.result, undefined, 'after 950 ms')
    await port.rig.pass(100)
    same(asked.result, { kind: 'timeout' }, 'after 1,050 ms')
    const other = watch(() => port.device.secure.renewMaster(LOADED_SLOT, 1000))
    await port.rig.pass(0)
    port.device.secure.cancel()
    await port.rig.pass(0)
    same(other.result, { kind: 'cancelled' }, 'cancel()')
  }),
  vector('inject.locked', 'five wrong pairs: no injection for 15 minutes', async (port) => {
    await passwords(port)
    const asked = await begins(port)
    for (let pair = 0; pair < 5; pair++) await press(port, `${WRONG}e${SECOND}e`)
    if (asked.result === undefined) await press(port, 'e')
    same(asked.result?.kind, 'locked', 'result')
    const again = await begins(port)
    if (again.result === undefined) await press(port, 'e')
    const { result } = again
    holds(result?.kind === 'locked' && result.waitMs > 890_000 && result.waitMs <= 900_000, 'it is not locked for 15 minutes')
    await port.rig.pass(900_000)
    const open = await begins(port)
    same(open.result, undefined, 'after 15 minutes')
    await press(port, 'x')
  }),
]

/** 密钥注入 and 远程密钥下载; the loading that a port has none of is declared absent. */
export const keyLoadingVectors: readonly Vector[] = [
  vector(
    'inject.identity',
    'without an identity inject says so until a key and renewMaster at once, both noIdentity, and change nothing',
    async (port) => {
      const { secure } = port.device
      const before = secure.slot(LOADED_SLOT)
      for (const [name, need, call] of [
        ['inject', 'injection', () => secure.inject({ locale: 'en' })],
        ['renewMaster', 'renewal', () => secure.renewMaster(LOADED_SLOT, 1000)],
      ] as const) {
        const asked = watch<{ readonly kind: string }>(call)
        await port.rig.pass(0)
        const isThere = port.rig.capabilities.includes(need)
        if (!isThere && name === 'inject') {
          same(port.rig.screen().secure, true, 'inject: whose screen it is while it says so')
          port.rig.press('1')
          await port.rig.pass(0)
        }
        if (isThere) holds(asked.result?.kind !== 'noIdentity', `${name} has no identity, which is declared`)
        else same(asked.result, { kind: 'noIdentity' }, name)
        secure.cancel()
        await port.rig.pass(0)
        same(port.rig.screen().secure, false, `${name}: whose screen it is after it`)
      }
      same(secure.slot(LOADED_SLOT), before, 'slot')
    },
  ),
  ...loadingVectors.map((each) => ({
    ...each,
    needs: needsOf(each.id),
  })),
]

function needsOf(id: string): readonly Capability[] {
  if (id.startsWith('renew.')) return ['renewal']
  return id === 'inject.busy' ? ['injection', 'renewal'] : ['injection']
}
