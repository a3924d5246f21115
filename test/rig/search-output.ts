// `node --import tsx test/rig/search-output.ts FILE…`: whether any of the files, in which is what the test suite printed and
// reported, holds a secret that tests hand about. Prints what was found where, never the secret; exit code 1 then.
import { readFileSync } from 'node:fs'
import { TMK } from '../host-link/host/rig.ts'
import { CANARY } from '../keys/attacks/story-secrets.ts'
import { makeSearcher, type Secret } from './leak.ts'
import { MASTER_KEY } from './till.ts'

const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'))

/** Canaries: secrets of rigs that stand in no title. Published vectors stand in titles, and are nobody's. */
const secrets: readonly Secret[] = [
  { name: 'master key of the till', value: hex(MASTER_KEY) },
  { name: 'master key of the host’s rig', value: TMK },
  { name: 'PIN', value: CANARY.pin },
  { name: 'wrong PIN', value: CANARY.wrongPin },
  { name: 'card number', value: CANARY.pan },
  { name: 'track', value: `3012201${CANARY.discretionary}` },
  ...[CANARY.commandKey, CANARY.commandKbpk, ...CANARY.components].map((digits) => {
    return { name: 'key or component of the leak story', value: hex(digits) }
  }),
  ...[...CANARY.passwords, ...CANARY.passphrases, CANARY.wrongPassphrase].map((text) => {
    return { name: 'password of the leak story', value: Uint8Array.from(Buffer.from(text)) }
  }),
]

const files = process.argv.slice(2)
const leaks = makeSearcher(secrets).search(files.map((name) => ({ name, bytes: readFileSync(name) })))
for (const { secret, form, sink, at } of leaks) console.error(`${sink}, byte ${at}: ${secret}, as ${form}`)
process.exitCode = leaks.length > 0 || files.length === 0 ? 1 : 0
