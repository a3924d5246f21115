import { asPan } from '../../host-link/wire/values.ts'
import { aes } from '../aes.ts'
import { retailMac } from '../cbc-mac.ts'
import {
  type AesDukptUsage,
  aesInitialKey,
  aesTransactionKey,
  aesUpdateKey,
  aesWorkingKey,
  type DukptKeyType,
} from '../dukpt-aes.ts'
import { nextCounter, TDES_COUNTER } from '../dukpt-counter.ts'
import { tdesInitialKey, tdesTransactionKey, tdesWorkingKey } from '../dukpt-tdes.ts'
import { equalBytes } from '../equal-bytes.ts'
import { toHex } from '../hex.ts'
import { padded } from '../padding.ts'
import { encipherPinFormat4, panField4 } from '../pin-format-4.ts'
import { pinOfField } from '../pin-nibbles.ts'
import { tdes } from '../tdes.ts'
import { type Answer, type Members, members, type Value } from './answer.ts'
import type { Check } from './checks.ts'
import { bytesOf, dataOf, has, type SelfTestVector, VectorFault } from './vector.ts'

/** Derived unique keys per transaction, ANSI X9.24-1 and X9.24-3. */
export const dukptChecks: readonly (readonly [string, Check])[] = [
  [
    'dukpt-tdes/derive-ik',
    (vector) => ({ expected: tdesInitialKey(bytesOf(vector, 'bdk'), bytesOf(vector, 'ksn')) }),
  ],
  ['dukpt-tdes/txn', tdesTransaction],
  ['dukpt-tdes/counter-exhaustion', () => ({ expected: usable() })],
  [
    'dukpt-aes/derive-ik',
    (vector) => ({ expected: aesInitialKey(bytesOf(vector, 'bdk'), bytesOf(vector, 'ikid')) }),
  ],
  ['dukpt-aes/txn', aesTransaction],
  [
    'dukpt-aes/update-key',
    (vector) => ({ expected: aesUpdateKey(bytesOf(vector, 'ik'), bytesOf(vector, 'ikid')) }),
  ],
]

function tdesTransaction(vector: SelfTestVector): Answer {
  const ksn = bytesOf(vector, 'ksn')
  const initial = has(vector, 'ik') ? bytesOf(vector, 'ik') : tdesInitialKey(bytesOf(vector, 'bdk'), ksn)
  const key = tdesTransactionKey(initial, ksn)
  if (key === undefined) throw new VectorFault('no device can be at this counter')
  const pinKey = tdesWorkingKey(key, 'pin')
  const results: { [name: string]: Value } = { ik: initial, txnKey: key, pinKey }
  if (has(vector, 'pinBlockClear'))
    results.encPinBlock = tdes(pinKey).encrypt(bytesOf(vector, 'pinBlockClear'))
  if (has(vector, 'dataAscii') || has(vector, 'data')) Object.assign(results, tdesOnData(key, dataOf(vector)))
  return { expected: members(results) }
}

function tdesOnData(key: Uint8Array, data: Uint8Array): Members {
  const macWith = (usage: 'macRequest' | 'macResponse'): Uint8Array => {
    const macKey = tdesWorkingKey(key, usage)
    return retailMac(tdes(macKey.subarray(0, 8)), tdes(macKey.subarray(8)), data, 1)
  }
  const sealedWith = (usage: 'dataRequest' | 'dataResponse'): Uint8Array => {
    const cipher = tdes(tdesWorkingKey(key, usage))
    const out = padded(data, 8, 1)
    let chain = new Uint8Array(8)
    for (let at = 0; at < out.length; at += 8) {
      chain = Uint8Array.from(cipher.encrypt(chain.map((byte, index) => byte ^ (out[at + index] ?? 0))))
      out.set(chain, at)
    }
    return out
  }
  const [request, response] = [macWith('macRequest'), macWith('macResponse')]
  return {
    macRequest4: request.slice(0, 4),
    macRequest8: request,
    macResponse4: response.slice(0, 4),
    macResponse8: response,
    encDataRequestCbcZeroIv: sealedWith('dataRequest'),
    encDataResponseCbcZeroIv: sealedWith('dataResponse'),
  }
}

/** Transactions of a TDES device, by walking all of its counters to the end. */
function usable(): number {
  let count = 0
  for (let at = nextCounter(TDES_COUNTER, 0); at !== undefined; at = nextCounter(TDES_COUNTER, at)) count++
  return count
}

// biome-ignore format: names as the published tests have them
const usages: readonly (readonly [string, AesDukptUsage])[] = [
  ['pin', 'pin'], ['macGen', 'macGenerate'], ['macVer', 'macVerify'], ['macBoth', 'macBoth'],
  ['dataEnc', 'dataEncrypt'], ['dataDec', 'dataDecrypt'], ['dataBoth', 'dataBoth'], ['keyEnc', 'keyEncrypt'],
]
// biome-ignore format: the same
const types: readonly (readonly [string, DukptKeyType, number])[] = [
  ['Tdes2', 'TDES-2', 16], ['Tdes3', 'TDES-3', 16], ['Aes128', 'AES-128', 16], ['Aes192', 'AES-192', 24], ['Aes256', 'AES-256', 32],
]

function aesTransaction(vector: SelfTestVector): Answer {
  const ksn = bytesOf(vector, 'ksn')
  const initial = has(vector, 'ik')
    ? bytesOf(vector, 'ik')
    : aesInitialKey(bytesOf(vector, 'bdk'), ksn.slice(0, 8))
  const key = aesTransactionKey(initial, ksn)
  if (key === undefined) throw new VectorFault('no device can be at this counter')
  const results: { [name: string]: Value } = { ik: initial, txnKey: key }
  for (const [usageName, usage] of usages) {
    for (const [typeName, type, bytesMin] of types) {
      // A working key may not be stronger than the key it comes from.
      if (key.length >= bytesMin) results[`${usageName}Key${typeName}`] = aesWorkingKey(key, usage, type, ksn)
    }
  }
  if (has(vector, 'pinField')) results.encPinBlockFmt4 = pinBlock(vector, key, ksn)
  return { expected: members(results) }
}

/** The vector gives the fields of a format 4 block: its PIN, PAN and chance are read out of them first. */
function pinBlock(vector: SelfTestVector, key: Uint8Array, ksn: Uint8Array): Uint8Array {
  const [pin, field] = [bytesOf(vector, 'pinField'), bytesOf(vector, 'panField')]
  const decoded = pinOfField(pin.subarray(0, 8), 4, (fill) => fill === 0xa)
  if (decoded.kind === 'malformed') throw new VectorFault('"pinField" is none of format 4')
  const digits = toHex(field)
  const pan = asPan(digits.slice(1, 13 + Number(digits[0])))
  if (!equalBytes(panField4(pan), field)) throw new VectorFault('"panField" is none of format 4')
  const cipher = aes(aesWorkingKey(key, 'pin', 'AES-128', ksn))
  return encipherPinFormat4(cipher, decoded.digits, pan, () => pin.slice(8))
}
