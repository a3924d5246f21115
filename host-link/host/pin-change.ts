import { asPan } from '../wire/values.ts'
import type { Judge } from './judge.ts'
import { sealedPin } from './pin-on-file.ts'
import { bytes } from './request.ts'
import { readCard } from './service-card.ts'

/**
 * 修改密码 PIN change: the old PIN (field 52) is checked and counted like any, then the new one (block of field 62, under
 * the keys of the same version) takes its place, sealed. 57 a card without PIN, 30 no block, 99 a block that is made
 * under other keys, for another card, or malformed. The clear digits stay in `keys`; a repeat gets the stored answer, so
 * neither a change nor a try is counted twice.
 */
export const judgePinChange: Judge = (context) => {
  const { office, held, fields, keyVersion = 0 } = context
  const read = readCard(context, { pin: 'wanted' })
  if (read.kind === 'bad') return read.verdict
  const { card, judged } = read
  if (card.pin === undefined) return judged('57')
  const block = bytes(fields, 62)
  if (block?.length !== 8) return judged('30')
  const made = held.keys.sealPin(keyVersion, block, asPan(card.pan), (digits) =>
    sealedPin(office.seal, card.name, digits),
  )
  if (made.kind === 'refused') return judged('99')
  return { ...judged('00'), posting: { cards: [{ account: card.name, sealedPin: made.sealed }] } }
}
