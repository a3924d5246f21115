import type { Card, Provision } from '../host-link/host/provision.ts'
import { profileNamed, profiles } from '../host-link/wire/profile.ts'
import { type ProvisioningKey, parseProvisioningKey } from '../keys/provisioning-key.ts'
import { kindAlgorithm } from '../keys/working-keys.ts'
import { readParameters } from '../terminal/parameter/table.ts'
import { type Faults, faultsOf, objectAt, readJson, textAt, wholeAt } from './json-file.ts'
import { type ProvisionTms, tmsAt } from './provision-tms.ts'

/** What the file says of a terminal: what its host must know, and its download service. */
export interface TerminalProvision extends Provision {
  readonly tms?: ProvisionTms
}

/** A terminal's provisioning file. Throws `FileFault`. */
export function readProvision(path: string): TerminalProvision {
  return parseProvision(readJson(path), path)
}

/** The issuer's cards, which also fill the emulator's wallet. Throws `FileFault`. */
export function readCards(path: string): Card[] {
  return parseCards(readJson(path), path)
}

/** A provisioning file as JSON gave it; `file` names it in errors. Throws `FileFault`. */
export function parseProvision(json: unknown, file: string, table = profiles): TerminalProvision {
  const fault = faultsOf(file)
  const root = objectAt(json, '', ['terminal', 'keys', 'host', 'parameters', 'stores', 'tms'], fault)
  const terminal = objectAt(
    root.terminal,
    'terminal',
    ['serial', 'terminalId', 'merchantId', 'merchantName'],
    fault,
  )
  const host = objectAt(root.host, 'host', ['tpdu', 'profile', 'keySlot'], fault)
  const profile = textAt(
    host.profile,
    'host.profile',
    /^.+$/,
    `one of ${Object.keys(table).join(', ')}`,
    fault,
  )
  if (!Object.keys(table).includes(profile))
    throw fault('host.profile', `wants one of ${Object.keys(table).join(', ')}`)
  const keys = keysAt(root.keys, fault)
  const keySlot = keySlotAt(host.keySlot, keys, fault)
  const cipher = kindAlgorithm(profileNamed(profile, table).signOn)
  keys.forEach(({ slot, algorithm }, at) => {
    if (slot === keySlot && algorithm !== cipher)
      throw fault(`keys[${at}].algorithm`, `profile ${profile} signs on with ${cipher}`)
  })
  const tms = tmsAt(root.tms, file, fault)
  return {
    terminal: {
      serial: textAt(terminal.serial, 'terminal.serial', /^[!-~]{1,20}$/, '1 to 20 ASCII characters', fault),
      terminalId: textAt(
        terminal.terminalId,
        'terminal.terminalId',
        /^[0-9A-Za-z]{8}$/,
        '8 letters or digits',
        fault,
      ),
      merchantId: textAt(
        terminal.merchantId,
        'terminal.merchantId',
        /^[0-9A-Za-z]{15}$/,
        '15 letters or digits',
        fault,
      ),
      merchantName: textAt(
        terminal.merchantName,
        'terminal.merchantName',
        NAME,
        'a name of 1 to 40 characters',
        fault,
      ),
    },
    keys,
    host: {
      tpdu: textAt(host.tpdu, 'host.tpdu', /^60\d{8}$/, '60 and eight more digits', fault),
      profile,
      keySlot,
    },
    parameters: parametersAt(root.parameters, fault),
    stores: storesAt(root.stores, fault),
    ...(tms && { tms }),
  }
}

/** A cards file as JSON gave it. Throws `FileFault`. */
export function parseCards(json: unknown, file: string): Card[] {
  const fault = faultsOf(file)
  if (!Array.isArray(json)) throw fault('', 'wants an array of cards')
  const cards = json.map((entry, at) => cardAt(entry, `[${at}]`, fault))
  for (const [at, { name, pan }] of cards.entries()) {
    const before = cards.slice(0, at)
    if (before.some((other) => other.name === name)) throw fault(`[${at}].name`, `"${name}" occurs twice`)
    if (before.some((other) => other.pan === pan)) throw fault(`[${at}].pan`, 'this card number occurs twice')
  }
  return cards
}

/** Stores of one provisioning file. */
export const STORES_MAX = 3_000

const NAME = /^[^\p{Cc}]{1,40}$/u
function keysAt(value: unknown, fault: Faults): Provision['keys'] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw fault('keys', 'wants an array of keys')
  const keys = value.map((entry, at): ProvisioningKey => {
    const parsed = parseProvisioningKey(entry)
    if (parsed.kind === 'refused') throw fault(`keys[${at}]`, parsed.why)
    return parsed.key
  })
  keys.forEach(({ slot }, at) => {
    if (keys.slice(0, at).some((other) => other.slot === slot))
      throw fault(`keys[${at}].slot`, `${slot} occurs twice`)
  })
  return keys
}

/** Slot of the TMK of a terminal that has none from the start, where the file names none. */
const KEY_SLOT = 1

/** The first key's slot where none is named. */
function keySlotAt(value: unknown, keys: Provision['keys'], fault: Faults): number {
  if (value === undefined) return keys[0]?.slot ?? KEY_SLOT
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 9)
    throw fault('host.keySlot', 'wants a whole number from 0 to 9')
  if (keys.length > 0 && !keys.some(({ slot }) => slot === value))
    throw fault('host.keySlot', 'none of "keys" is in this slot')
  return value
}

/** Only what is given; the terminal's own table says what is good, and in its words. */
function parametersAt(value: unknown, fault: Faults): Provision['parameters'] {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fault('parameters', 'wants an object')
  const read = readParameters({ ...value })
  if (read.kind === 'wrong') throw fault('', read.why)
  return Object.fromEntries(Object.entries(read.parameters).filter(([name]) => Object.hasOwn(value, name)))
}

function storesAt(value: unknown, fault: Faults): Provision['stores'] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw fault('stores', 'wants an array of stores')
  if (value.length > STORES_MAX)
    throw fault('stores', `wants at most ${STORES_MAX} stores, there are ${value.length}`)
  const stores = value.map((entry, at) => {
    const store = objectAt(entry, `stores[${at}]`, ['number', 'name'], fault)
    return {
      number: textAt(store.number, `stores[${at}].number`, /^\d{4,8}$/, '4 to 8 digits, as a text', fault),
      name: textAt(store.name, `stores[${at}].name`, NAME, 'a name of 1 to 40 characters', fault),
    }
  })
  stores.forEach(({ number }, at) => {
    if (stores.slice(0, at).some((other) => other.number === number))
      throw fault(`stores[${at}].number`, `${number} occurs twice`)
  })
  return stores
}

/** Luhn is not asked for: some issuers' test cards do not have it, and the issuer's own list is what counts. */
function cardAt(value: unknown, place: string, fault: Faults): Card {
  const names = ['name', 'label', 'pan', 'track2', 'pin', 'balanceFen', 'points', 'kind', 'status']
  const card = objectAt(value, place, names, fault)
  const name = textAt(
    card.name,
    `${place}.name`,
    /^[a-z][a-z0-9-]{0,29}$/,
    'lower-case letters, digits and hyphens',
    fault,
  )
  const pan = textAt(card.pan, `${place}.pan`, /^\d{12,19}$/, '12 to 19 digits', fault)
  const track2 = textAt(
    card.track2,
    `${place}.track2`,
    /^\d{12,19}=\d{7,17}$/,
    'card number, =, expiry YYMM, service code and more digits',
    fault,
  )
  if (!track2.startsWith(`${pan}=`)) throw fault(`${place}.track2`, 'wants the same card number as "pan"')
  if (track2.length > 37) throw fault(`${place}.track2`, 'wants at most 37 characters')
  const month = Number(track2.slice(pan.length + 3, pan.length + 5))
  if (month < 1 || month > 12)
    throw fault(`${place}.track2`, 'wants an expiry YYMM with a month from 01 to 12')
  const { kind = 'bank', status = 'active' } = card
  const balanceFen = wholeAt(card.balanceFen, `${place}.balanceFen`, 'fen', fault)
  const points = wholeAt(card.points ?? 0, `${place}.points`, 'points', fault)
  if (kind !== 'bank' && kind !== 'member') throw fault(`${place}.kind`, 'wants "bank" or "member"')
  if (status !== 'active' && status !== 'inactive' && status !== 'lost' && status !== 'stolen')
    throw fault(`${place}.status`, 'wants "active", "inactive", "lost" or "stolen"')
  return {
    name,
    label:
      card.label === undefined
        ? name
        : textAt(card.label, `${place}.label`, NAME, 'a name of 1 to 40 characters', fault),
    pan,
    track2,
    ...(card.pin !== undefined && {
      pin: textAt(card.pin, `${place}.pin`, /^\d{4,12}$/, '4 to 12 digits, as a text', fault),
    }),
    balanceFen,
    points,
    kind,
    status,
  }
}
