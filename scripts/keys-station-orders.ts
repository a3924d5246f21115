import { type DoneAnswer, FAULTS_SHOWN_MAX, type Refusal } from '../keys/station/page/api.ts'
import type { Done, KeyOrder, Proof, Station, TerminalRow } from '../keys/station/station.ts'
import { reasons } from '../keys/station/why.ts'
import { lineOrder } from './keys-station-lines.ts'

/** What a server answers: a success, or one sentence with its HTTP status. */
export type Answer =
  | { readonly status: 200; readonly body: DoneAnswer }
  | { readonly status: 400 | 404 | 409; readonly body: Refusal }

/** Values that came as JSON or in the question; each is checked where it is used. */
export type Values = { readonly [name: string]: unknown }

/**
 * Orders of the page that carry secrets, and how many. Those of two people carry their passphrases last, and their names as
 * `first` and `second`; of a component, the digits come first.
 */
// biome-ignore format: one row an order
export const SECRET_ORDERS: { readonly [order: string]: readonly number[] } = {
  enrol:     [1, 3],
  login:     [1],
  dismiss:   [2],
  key:       [2],
  generate:  [2],
  component: [2],
  confirm:   [1],
  identity:  [1],
}

/** Carries out an order with its secrets, as many as `SECRET_ORDERS` says; the station overwrites them. */
export async function secretOrder(
  station: Station,
  name: string,
  values: Values,
  secrets: readonly Uint8Array[],
): Promise<Answer> {
  if (SECRET_ORDERS[name]?.includes(secrets.length) !== true) return wanted('secrets')
  const person = text(values, 'name')
  const [secret = new Uint8Array(0)] = secrets
  const passphrases = secrets.slice(-2)
  const by = ['first', 'second'].map((place, index): Proof => {
    return { name: text(values, place), passphrase: passphrases[index] ?? new Uint8Array(0) }
  })
  switch (name) {
    case 'enrol':
      if (values.role !== 'custodian' && values.role !== 'operator') return wanted('role')
      return answerOf(await station.enrol(person, values.role, secret, secrets.length === 3 ? by : []))
    case 'login':
      return answerOf(await station.logIn(person, secret))
    case 'dismiss':
      return answerOf(await station.dismiss(person, by))
    case 'key': {
      const key = keyOrder(values)
      return 'status' in key ? key : answerOf(await station.beginKey(key, by))
    }
    case 'generate':
      return checkValueOf(await station.generateKey(text(values, 'label'), by))
    case 'component':
      return checkValueOf(
        await station.component({ name: person, passphrase: secrets[1] ?? new Uint8Array(0) }, secret),
      )
    case 'confirm':
      return checkValueOf(await station.confirmComponent({ name: person, passphrase: secret }))
    default:
      return answerOf(station.importIdentity(secret))
  }
}

function checkValueOf(done: Done<{ readonly checkValue?: string }>): Answer {
  if (done.kind !== 'ok') return answerOf(done)
  return ok(done.checkValue === undefined ? {} : { checkValue: done.checkValue })
}

/** Carries out an order without a secret. */
export async function plainOrder(station: Station, name: string, values: Values): Promise<Answer> {
  const person = text(values, 'name')
  switch (name) {
    case 'logout':
      return answerOf(station.logOut(person))
    case 'close':
      return answerOf(station.closeSession())
    case 'check-key': {
      const key = keyOrder(values)
      return 'status' in key ? key : answerOf(station.checkKey(key))
    }
    case 'reject':
      return answerOf(station.rejectComponent(person))
    case 'cancel-key':
      return answerOf(station.cancelKey())
    default:
      return listOrder(station, name, values)
  }
}

async function listOrder(station: Station, name: string, values: Values): Promise<Answer> {
  switch (name) {
    case 'expect':
      return expectList(station, text(values, 'csv'))
    case 'again':
    case 'forget': {
      if (typeof values.slot !== 'number') return wanted('slot')
      const serial = text(values, 'serial')
      return answerOf(
        name === 'again' ? station.allowAgain(serial, values.slot) : station.forget(serial, values.slot),
      )
    }
    case 'labels':
      return printLabels(station, values.serials)
    case 'export': {
      const done = station.exportKeys()
      return done.kind === 'ok' ? ok({ json: done.json, keys: done.keys }) : answerOf(done)
    }
    case 'line': {
      const { baudRate } = values
      const isRate = Number.isInteger(baudRate) && Number(baudRate) >= 100 && Number(baudRate) <= 4_000_000
      const speed = isRate ? Number(baudRate) : undefined
      const order = lineOrder(text(values, 'kind'), text(values, 'address'), speed)
      if (order === undefined) return wanted('address')
      return answerOf(await station.openLine(order))
    }
    case 'close-line':
      return answerOf(await station.closeLine(text(values, 'address')))
    default:
      return { status: 404, body: { error: 'There is no such order.' } }
  }
}

/** The key that is ordered, with numbers of JSON or of a question; else what is wrong with it. */
function keyOrder(values: Values): KeyOrder | Answer {
  const { algorithm, expectedCheckValue } = values
  const [bytes, components] = [Number(values.bytes), Number(values.components)]
  if (algorithm !== 'AES' && algorithm !== 'TDES') return wanted('algorithm')
  if (bytes !== 16 && bytes !== 24 && bytes !== 32) return wanted('bytes')
  if (components !== 2 && components !== 3) return wanted('components')
  const form = typeof expectedCheckValue === 'string' ? { expectedCheckValue } : {}
  return { label: text(values, 'label'), algorithm, bytes, components, ...form }
}

function expectList(station: Station, csv: string): Answer {
  const result = station.expectCsv(csv)
  if (result.kind === 'ok') return ok({ added: result.added, known: result.known })
  if (result.kind === 'refused') return answerOf(result)
  const { faults } = result
  const error = `The list is not taken: ${faults.length} of its lines ${faults.length === 1 ? 'is' : 'are'} wrong.`
  return { status: 400, body: { error, faults: faults.slice(0, FAULTS_SHOWN_MAX) } }
}

/** No serials: all that were not printed yet. */
function printLabels(station: Station, serials: unknown): Answer {
  const list = Array.isArray(serials) ? serials.filter((serial) => typeof serial === 'string') : []
  if (list.length === 0) {
    const done = station.labels()
    return done.kind === 'ok' ? ok({ labels: done.rows }) : answerOf(done)
  }
  const labels: TerminalRow[] = []
  for (const serial of list) {
    const done = station.labels(serial)
    if (done.kind !== 'ok') return answerOf(done)
    labels.push(...done.rows)
  }
  return ok({ labels })
}

function ok(body: DoneAnswer): Answer {
  return { status: 200, body }
}

/** The station's refusal; its sentence is for a reader of English, `why` for the page. */
export function answerOf(done: Done): Answer {
  if (done.kind === 'ok') return ok({})
  const { why, detail } = done
  const body = { error: refusalWords(done), why, ...(detail === undefined ? {} : { detail }) }
  return { status: 409, body }
}

/** `two people must be logged in` as a sentence. */
export function refusalWords({ why, detail }: Exclude<Done, { kind: 'ok' }>): string {
  const reason = reasons[why]
  return `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}${detail === undefined ? '' : ` (${detail})`}.`
}

function wanted(name: string): Answer {
  return { status: 400, body: { error: `${name}: it is missing or is none.` } }
}

function text(values: Values, name: string): string {
  const value = values[name]
  return typeof value === 'string' ? value : ''
}
