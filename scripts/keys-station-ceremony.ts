import type { KeyOrder, Proof } from '../keys/station/station.ts'
import { type Guided, told } from './keys-station-console.ts'

/** Algorithms of a ZMK by the names that people type. */
export const KEY_KINDS = {
  'AES-256': { algorithm: 'AES', bytes: 32 },
  'TDES-192': { algorithm: 'TDES', bytes: 24 },
  'TDES-128': { algorithm: 'TDES', bytes: 16 },
} as const satisfies { readonly [name: string]: Pick<KeyOrder, 'algorithm' | 'bytes'> }

/** Asks what key the custodians have components of, and begins its ceremony. */
export async function askedKey(guided: Guided): Promise<void> {
  const { hands, words, station } = guided
  const label = (await hands.ask(words.label)) || 'ZMK'
  const named = (await hands.ask(words.kind)).toUpperCase() || 'AES-256'
  const kind = Object.entries(KEY_KINDS).find(([name]) => name === named)?.[1]
  const count = (await hands.ask(words.components)) || '2'
  if (kind === undefined || (count !== '2' && count !== '3')) return hands.say(`✗ ${words.none}`)
  const expected = (await hands.ask(words.expectedCheckValue)).replaceAll(' ', '')
  const order: KeyOrder = { label, ...kind, components: count === '2' ? 2 : 3 }
  const whole = expected === '' ? order : { ...order, expectedCheckValue: expected }
  // What cannot be ordered is said before anybody types.
  if (!told(guided, station.checkKey(whole))) return
  told(guided, await station.beginKey(whole, await twoWhoAgree(guided)))
}

/** The first two who are logged in, each with a passphrase: they agree to what is done now. */
export async function twoWhoAgree({ hands, words, station }: Guided): Promise<readonly Proof[]> {
  const proofs: Proof[] = []
  for (const { name } of station
    .view()
    .people.filter(({ loggedIn }) => loggedIn)
    .slice(0, 2))
    proofs.push({ name, passphrase: await hands.secret(words.passphraseAgree(name)) })
  return proofs
}

/** One component: who, the digits blind, and the comparison with the envelope. */
export async function typeComponent(guided: Guided, number: number, of: number): Promise<void> {
  const { hands, words, station } = guided
  const { ceremony } = station.view()
  if (ceremony === undefined) return
  const typed = ceremony.components.find(({ state }) => state === 'typed')
  if (typed !== undefined) return compare(guided, typed.name, typed.checkValue)
  const name = await hands.ask(words.custodian(number, of))
  if (name === '') return
  if (name === 'abandon') {
    told(guided, station.cancelKey())
    return
  }
  const digits = await hands.secret(words.digits(name, 2 * ceremony.bytes))
  const passphrase = await hands.secret(words.passphraseOwn(name))
  const done = await station.component({ name, passphrase }, digits)
  if (told(guided, done)) await compare(guided, name, done.checkValue)
}

async function compare(guided: Guided, name: string, checkValue: string): Promise<void> {
  const { hands, words, station } = guided
  const answer = (await hands.ask(words.compare(checkValue))).toLowerCase()
  if (answer === 'n') {
    if (told(guided, station.rejectComponent(name))) hands.say(words.wrong)
    return
  }
  if (answer !== 'y') return
  const passphrase = await hands.secret(words.passphraseOwn(name))
  const done = await station.confirmComponent({ name, passphrase })
  if (told(guided, done) && done.checkValue !== undefined) hands.say(`✓ ${words.keyMade(done.checkValue)}`)
}
