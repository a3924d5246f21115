/// <reference path="./sm-crypto.d.ts" />
import sm3Package from 'sm-crypto/src/sm3/index.js'
import { fromHex } from './hex.ts'

/** SM3, GB/T 32905-2016: 32 bytes. Not for secrets: the package hands the digest on as text, which cannot be wiped. */
export function sm3(bytes: Uint8Array): Uint8Array {
  return fromHex(sm3Package(bytes))
}
