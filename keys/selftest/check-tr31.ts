import { WireError } from '../../host-link/wire/message.ts'
import { equalBytes } from '../equal-bytes.ts'

import { keyBlockHeader, parseHeader } from '../key-block/header.ts'
import { sealBlock, unwrapKey, wrapKey } from '../key-block/key-block.ts'
import { type SoftKbpk, softKbpk } from '../key-block/protection-key.ts'
import { type Answer, members } from './answer.ts'
import type { Check } from './checks.ts'
import { headerFault, headerFaults } from './header-fault.ts'
import { blockKeys, openBlock } from './published-block.ts'
import { bytesOf, type SelfTestVector, textOf, VectorFault } from './vector.ts'

/** Key blocks of TR-31, ISO 20038 and ANSI X9.143. */
export const tr31Checks: readonly (readonly [string, Check])[] = [
  ['tr31/unwrap', unwrap],
  ['tr31/wrap', wrap],
  ['tr31/derive-kbek-kbak', derive],
  ['tr31/reject', reject],
  ['tr31/parse-header', parse],
  ['tr31/parse-header-reject', parseReject],
]

/**
 * The published answer is computed by a routine of this folder that knows no policy; `unwrapKey` must then give the
 * same key, or refuse where it refuses on purpose.
 */
function unwrap(vector: SelfTestVector): Answer {
  const block = textOf(vector, 'keyBlock')
  const protection = bytesOf(vector, 'kbpk')
  const opened = openBlock(protection, block)
  if (!opened.macOk || !opened.lengthOk || opened.key === undefined) {
    throw new VectorFault(`the block does not open: ${opened.fault}`)
  }
  const unwrapped = unwrapKey(kbpkOf(block, protection), block)
  const refuses = isRefused(block, opened.key, protection)
  if ((unwrapped.kind === 'refused') !== refuses) {
    throw new VectorFault(refuses ? 'unwrapKey takes what it must refuse' : 'unwrapKey refuses the block')
  }
  if (unwrapped.kind === 'opened' && !equalBytes(unwrapped.key, opened.key)) {
    throw new VectorFault('unwrapKey gives another key')
  }
  return {
    expected: members({ key: opened.key, macOk: opened.macOk, lengthFieldOk: opened.lengthOk }),
    also: {
      version: block.slice(0, 1),
      header: block.slice(0, opened.headerLength),
      keyPad: opened.padding,
      kbek: opened.encryption,
      kbak: opened.authentication,
    },
  }
}

/** Rebuilt with the padding that was published; through `wrapKey` wherever the padding hides the key's length. */
function wrap(vector: SelfTestVector): Answer {
  const header = textOf(vector, 'header')
  const [protection, key, padding] = [
    bytesOf(vector, 'kbpk'),
    bytesOf(vector, 'key'),
    bytesOf(vector, 'keyPad'),
  ]
  const kbpk = kbpkOf(header, protection)
  const block = sealBlock(kbpk, header, key, padding)
  if (hides(header, key.length + padding.length)) {
    const { header: fields } = parseHeader(header)
    const written = wrapKey(kbpk, fields, key, () => padding.slice())
    if (written !== block) throw new VectorFault('wrapKey writes another block')
  }
  const unwrapped = unwrapKey(kbpk, block)
  if (unwrapped.kind === 'refused' || !equalBytes(unwrapped.key, key)) {
    throw new VectorFault('unwrapKey does not undo it')
  }
  return { expected: block, also: { version: header.slice(0, 1) } }
}

/** X9.143: padded as if the key were the longest of its algorithm. Certificates of others are not written. */
function hides(header: string, bytes: number): boolean {
  const [version, algorithm] = [header[0], header[7]]
  if (header.slice(16).includes('CT00')) return false
  if (version === 'B' && (algorithm === 'T' || algorithm === 'D')) return bytes === 30
  return version === 'D' && ((algorithm === 'A' && bytes === 46) || (algorithm === 'T' && bytes === 30))
}

function derive(vector: SelfTestVector): Answer {
  const version = textOf(vector, 'version')
  if (!/^[A-E]$/.test(version)) throw new VectorFault('"version" is none of A to E')
  const { encryption, authentication } = blockKeys(version, bytesOf(vector, 'kbpk'))
  return { expected: members({ kbek: encryption, kbak: authentication }) }
}

function reject(vector: SelfTestVector): Answer {
  const block = textOf(vector, 'keyBlock')
  const protection = bytesOf(vector, 'kbpk')
  if (unwrapKey(kbpkOf(block, protection), block).kind === 'opened')
    throw new VectorFault('the block is taken')
  const label = rejectLabel(protection, block)
  return { expected: { kind: 'refused', label, labels: [label] } }
}

function rejectLabel(protection: Uint8Array, block: string): string {
  try {
    const { fault } = openBlock(protection, block)
    return fault
  } catch (error) {
    if (error instanceof WireError || error instanceof VectorFault || error instanceof RangeError)
      return 'form'
    throw error
  }
}

function parse(vector: SelfTestVector): Answer {
  const input = textOf(vector, 'input')
  const { header, headerLength } = parseHeader(input)
  const blocks = Object.fromEntries(header.optional.map(({ id, data }) => [id, data]))
  return { expected: members({ headerLength, blocks: members(blocks, true) }) }
}

/** A rule of structure: both doors refuse it, and for the reason that the file names. */
function parseReject(vector: SelfTestVector): Answer {
  const input = textOf(vector, 'input')
  if (takes(() => parseHeader(input)) || takes(() => keyBlockHeader(input))) {
    throw new VectorFault('the header is taken')
  }
  return { expected: { kind: 'refused', label: headerFault(input), labels: headerFaults } }
}

function takes(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}

/** What `unwrapKey` refuses though the block is genuine: the variant method, a key that is too strong or of no size. */
function isRefused(block: string, key: Uint8Array, protection: Uint8Array): boolean {
  const [version, algorithm] = [block.slice(0, 1), block.slice(7, 8)]
  if (version === 'A' || version === 'C') return true
  if (algorithm === 'T')
    return (key.length !== 16 && key.length !== 24) || (version === 'B' && key.length > protection.length)
  if (algorithm === 'D') return key.length !== 8
  if (algorithm === 'A')
    return ![16, 24, 32].includes(key.length) || version === 'B' || key.length > protection.length
  return false
}

function kbpkOf(block: string, key: Uint8Array): SoftKbpk {
  return softKbpk(block.startsWith('D') || block.startsWith('E') ? 'AES' : 'TDES', key)
}
