// A station in a process of its own that ends itself as kill -9 does, at a reading of its clock: between any two of its writes,
// and inside them. Words: folder, file for the secret of the terminals' root, readings until then (0: never), serial numbers.
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { openStation } from '../../../keys/station/open.ts'

const [folder = '', rootFile = '', readings = '0', ...serials] = process.argv.slice(2)
const people = { 'An Na': 'first passphrase', 'Bo Li': 'second passphrase' }
const components = { 'An Na': 'A5'.repeat(32), 'Bo Li': `${'3C'.repeat(31)}3D` }
const bytes = (text: string) => Uint8Array.from(Buffer.from(text))
let left = 0

const station = await openStation(folder, {
  clock: {
    nowMs() {
      if (left > 0 && --left === 0) process.kill(process.pid, 'SIGKILL')
      return Date.now()
    },
  },
  random: (count) => Uint8Array.from(randomBytes(count)),
  scryptCost: 2,
})
const isNew = !existsSync(rootFile)
for (const [name, passphrase] of Object.entries(people)) {
  const words = bytes(passphrase)
  const done = await (isNew ? station.enrol(name, 'custodian', words) : station.logIn(name, words))
  if (done.kind === 'refused') throw new Error(done.why)
}
if (isNew) {
  const identity = station.developmentIdentity('STATION-1')
  if (identity.kind === 'refused') throw new Error(identity.why)
  const by = (name: string, passphrase: string) => ({ name, passphrase: bytes(passphrase) })
  const both = Object.entries(people).map(([name, passphrase]) => by(name, passphrase))
  await station.beginKey({ label: 'ZMK', algorithm: 'AES', components: 2 }, both)
  for (const [name, passphrase] of Object.entries(people)) {
    await station.component(by(name, passphrase), bytes(components[name as keyof typeof people]))
    await station.confirmComponent(by(name, passphrase))
  }
  station.expect(serials.map((serial) => ({ serial, slot: 0, algorithm: 'TDES' })))
  writeFileSync(rootFile, Buffer.from(identity.rootSecret).toString('hex'))
}
const line = await station.openLine({ kind: 'tcp', host: '127.0.0.1', port: 0 })
if (line.kind === 'refused') throw new Error(line.why)
process.stdout.write(`${line.address} ${station.view().missing.join()}\n`, () => {
  left = Number(readings)
})
process.stdin.on('end', () => void station.close()).resume()
