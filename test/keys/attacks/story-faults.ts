import { describeInput } from '../../../host-link/wire/describe.ts'
import { decodeMessage, encodeMessage } from '../../../host-link/wire/dialect.ts'
import { asPan } from '../../../host-link/wire/values.ts'
import { combineComponents, componentCheckValue } from '../../../keys/component.ts'
import { HostKeys } from '../../../keys/host-keys.ts'
import type { KeyBlockHeader } from '../../../keys/key-block/header.ts'
import { wrapKey } from '../../../keys/key-block/key-block.ts'
import { softKbpk } from '../../../keys/key-block/protection-key.ts'
import { clearPinBlock } from '../../../keys/pin-block.ts'
import { parseProvisioningKey } from '../../../keys/provisioning-key.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { tdes } from '../../../keys/tdes.ts'
import { sealWorkingKeys } from '../../../keys/working-keys.ts'
import { parseCards, parseProvision } from '../../../scripts/provision.ts'
import { errorText } from '../../rig/leak.ts'
import { fresh } from '../station/rig.ts'
import { CANARY } from './story-secrets.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

/** What is thrown, with its stack, or answered, where secrets are handed over in a wrong way. */
export function faultStory(): readonly string[] {
  const key = bytes(CANARY.commandKey)
  const kbpk = bytes(CANARY.commandKbpk)
  const header = {
    ...{
      version: 'D',
      usage: 'K0',
      algorithm: 'T',
      mode: 'D',
      keyVersion: '00',
      exportability: 'N',
      context: '0',
    },
    optional: [],
  } as KeyBlockHeader
  const store = new KeyStore()
  const pin = Uint8Array.from(CANARY.pin, Number)
  const track = `${CANARY.pan}D3012201${CANARY.discretionary}`
  const slot = { usage: 'TMK', number: 1 } as const
  const sale = {
    mti: '0200',
    fields: {
      3: '000000',
      4: '000000000100',
      11: '000001',
      35: track,
      41: '10000001',
      42: '898320153110001',
    },
  }
  const attempts: readonly (() => unknown)[] = [
    () => clearPinBlock(Uint8Array.of(...pin, 1), asPan(CANARY.pan)),
    () => clearPinBlock(pin, 'noPan').fill(0),
    () => asPan(`${CANARY.pan}${CANARY.pan}`),
    () => wrapKey(softKbpk('AES', kbpk), { ...header, version: 'E' }, key, fresh),
    () => wrapKey(softKbpk('AES', kbpk), header, key, (length) => new Uint8Array(length)),
    () => wrapKey(softKbpk('TDES', kbpk), header, key, fresh),
    () => wrapKey(softKbpk('AES', key), { ...header, algorithm: 'A' }, kbpk, fresh),
    () => softKbpk('AES', kbpk.slice(0, 31)),
    () => tdes(kbpk),
    () => componentCheckValue('TDES', kbpk),
    () => combineComponents('AES', [kbpk.slice(), kbpk.slice()]),
    () => HostKeys.create(kbpk.slice()),
    () => store.loadMaster(slot, key.slice(), new Uint8Array(3)),
    () =>
      store.stageMaster(
        slot,
        { algorithm: 'TDES', bytes: key.slice(), keyVersion: 'x' },
        { transaction: key, remote: false },
      ),
    () => store.pinBlock({ usage: 'PIK', number: 1 }, pin.slice(), asPan(CANARY.pan)),
    () => store.encryptTrack({ usage: 'TDK', number: 1 }, track),
    () => sealWorkingKeys('003', { pik: kbpk, mak: key, tdk: undefined }, tdes(key)),
    () => KeyStore.restore(key),
    () =>
      parseProvisioningKey({
        slot: 1,
        usage: 'TMK',
        algorithm: 'TDES',
        key: CANARY.commandKey,
        kcv: '000000',
      }),
    () => parseProvision({ keys: [{ key: CANARY.commandKey }] }, 'provision.json'),
    () =>
      parseCards([{ name: 'X', pan: `${CANARY.pan}x`, track2: track, pin: `${CANARY.pin}1` }], 'cards.json'),
    () => decodeMessage('cup', encodeMessage('cup', sale).slice(0, -7)),
    () => decodeMessage('cbor', encodeMessage('cbor', sale).slice(0, -7)),
    () => encodeMessage('cup', { ...sale, fields: { ...sale.fields, 35: `${track}${track}` } }),
    () => encodeMessage('cbor', { ...sale, fields: { ...sale.fields, 2: `${CANARY.pan}x` } }),
    () => describeInput(encodeMessage('cup', sale).slice(0, -7), { charset: String }),
    () => describeInput(encodeMessage('cbor', sale), { charset: String }),
  ]
  return attempts.map((attempt) => {
    try {
      return JSON.stringify(attempt()) ?? ''
    } catch (error) {
      return errorText(error)
    }
  })
}
