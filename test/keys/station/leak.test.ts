import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withOddParity } from '../../../keys/des-key.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import {
  AN,
  BO,
  both,
  COMPONENTS,
  done,
  fresh,
  makeZmk,
  PASS_AN,
  PASS_BO,
  proof,
  readyStation,
  row,
  stations,
  TestTerminal,
  tcpLine,
  utf8,
} from './rig.ts'

const use = stations()

/** A secret in the forms in which it might be written down by mistake. */
function formsOf(secret: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(secret)
  const hex = toHex(secret)
  const reversed = [...hex].reverse().join('')
  const nibbles = toHex(secret.map((byte) => ((byte & 15) << 4) | (byte >> 4)))
  const base64 = bytes.toString('base64').replace(/=+$/, '')
  const texts = [
    hex,
    hex.toLowerCase(),
    reversed,
    reversed.toLowerCase(),
    nibbles,
    nibbles.toLowerCase(),
    base64,
  ]
  const list = JSON.stringify([...secret]).slice(1, -1)
  return [
    bytes,
    Buffer.from(bytes).reverse(),
    ...[...texts, list].map((text) => Buffer.from(text)),
    Buffer.from(hex, 'utf16le'),
  ]
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesIn(path) : [path]
  })
}

describe('leaks', () => {
  it('no component, key, passphrase or secret of it is in any file, view, audit, export, label or refusal', async () => {
    const folder = use.folder()
    const given: Uint8Array[] = []
    /** Every random value of 16 bytes is a terminal's key, every one of 32 a secret. */
    const random = (bytes: number) => {
      const value = fresh(bytes)
      if (bytes === 16 || bytes === 32) given.push(value.slice())
      return value
    }
    const station = await use.open(folder, { random })
    const said: string[] = []
    const tell = (value: unknown) => said.push(JSON.stringify(value))
    const { issue } = await readyStation(station, [row('SN1'), row('SN2')])
    const dial = await tcpLine(station)
    tell(station.view())
    for (const serial of ['SN1', 'SN2', 'SN3']) {
      const terminal = new TestTerminal(serial, issue('terminal', serial))
      tell(await terminal.inject(dial))
    }
    tell(await station.beginKey({ label: 'again', algorithm: 'AES', components: 2 }, both()))
    tell(await station.component(proof(AN), utf8(COMPONENTS[0])))
    tell(await station.component(proof(AN), utf8(COMPONENTS[0])))
    tell(await station.component(proof(BO), utf8(COMPONENTS[0])))
    tell(await station.component(proof(BO), utf8(`${COMPONENTS[1]}0`)))
    tell(await station.component(proof('nobody'), utf8(COMPONENTS[1])))
    tell(station.view())
    tell(station.cancelKey())
    await makeZmk(station)
    tell(done(station.exportKeys()))
    tell(done(station.labels()))
    tell(station.progress())
    tell(await station.changePassphrase(AN, utf8(PASS_BO), utf8('another passphrase')))
    tell(await station.enrol(PASS_AN, 'operator', utf8('x')))
    const atWork = filesIn(folder).map((file) => readFileSync(file)) // with the write-ahead log
    tell(station.auditFile('csv'))
    tell(station.auditFile('json'))
    station.closeSession()
    tell(await station.logIn(PASS_AN, utf8(PASS_BO)))
    tell(station.view())
    await station.close()

    const places = [
      ...atWork,
      ...filesIn(folder).map((file) => readFileSync(file)),
      ...said.map((text) => Buffer.from(text)),
    ]
    const [one, two] = COMPONENTS.map(fromHex)
    const zmk = one?.map((byte, at) => byte ^ (two?.[at] ?? 0)) ?? fresh(32)
    const passphrases = [PASS_AN, PASS_BO, 'another passphrase'].map(utf8)
    // Salts are of 16 bytes too and no secret: they are in the vault.
    const salts = given.filter(
      (value) => value.length === 16 && atWork.some((file) => file.includes(Buffer.from(value))),
    )
    expect(salts.length).toBeLessThanOrEqual(2)
    const secrets = [
      ...COMPONENTS.map(fromHex),
      zmk,
      ...passphrases,
      ...given.filter((value) => !salts.includes(value)).flatMap((value) => [value, withOddParity(value)]),
    ]
    expect(secrets.length).toBeGreaterThan(10)
    for (const secret of secrets)
      for (const form of formsOf(secret))
        for (const [at, place] of places.entries())
          expect(place.includes(form), `a secret of ${secret.length} bytes in place ${at}`).toBe(false)
  })
})
