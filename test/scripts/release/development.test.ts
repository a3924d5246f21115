import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterAll, describe, expect, it } from 'vitest'
import { programOf } from '../../../host-link/tms/payload.ts'
import { readReleaseFile } from '../../../host-link/tms/release-file.ts'
import { readEnvelope, sealEnvelope, signersOf } from '../../../host-link/wire/tms/envelope.ts'
import { decodeRoot, ROLE } from '../../../host-link/wire/tms/root.ts'
import { ed25519Verify } from '../../../keys/ed25519.ts'
import { FileFault } from '../../../scripts/json-file.ts'
import {
  buildDevelopmentRelease,
  type DevelopmentRelease,
  developmentTrust,
} from '../../../scripts/release/development.ts'
import { unpacked } from '../../../scripts/release/verify.ts'
import { rootChain } from '../../../terminal/update/root-chain.ts'
import { PROGRAM } from '../../../terminal/version.ts'
import { folder, removeFolders } from './rig.ts'

afterAll(removeFolders)
const random = (bytes: number): Uint8Array => Uint8Array.from(randomBytes(bytes))
const sha256 = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest())

describe('development trust', () => {
  it('an empty folder → root and five keys, clearly named, for the owner alone; again → the same, nothing written', () => {
    const place = join(folder(), 'development')
    const trust = developmentTrust(place, random)
    const names = readdirSync(place)
    expect(names).toHaveLength(6)
    expect(names.every((name) => name.startsWith('DEVELOPMENT-'))).toBe(true)
    for (const name of names) expect(statSync(join(place, name)).mode & 0o077).toBe(0)
    const fault = () => {
      throw new Error('made again')
    }
    expect(developmentTrust(place, fault).root).toEqual(trust.root)
    expect(
      (['root', 'program', 'parameters', 'director'] as const).map((role) => trust.signers(role).length),
    ).toEqual([1, 2, 1, 1])
  })

  it('the root → a terminal that has it from the factory trusts its roles', () => {
    const trust = developmentTrust(join(folder(), 'd'), random)
    const chain = rootChain({
      secure: {
        hash: sha256,
        verify: ed25519Verify,
        deviceTag: (bytes) => sha256(bytes).slice(0, 16),
        floor: () => 0,
        raiseFloor: () => 'raised',
      },
      ...{
        update: { tenant: trust.tenant, root: trust.root },
        serial: 'SN1',
        model: 'SK-1',
        stored: undefined,
        keep: () => true,
      },
    })
    for (const role of ['root', 'program', 'parameters', 'director'] as const) {
      const sealed = sealEnvelope(role, Uint8Array.of(1), trust.signers(role))
      expect(chain?.isSigned(readEnvelope(sealed, 1000), role), role).toBe(true)
    }
    const one = sealEnvelope('program', Uint8Array.of(1), trust.signers('program').slice(1))
    expect(chain?.isSigned(readEnvelope(one, 1000), 'program')).toBe(false)
  })

  it('a key that is gone, of another role, or that others may read → FileFault; nothing is made over it', () => {
    const rows: readonly ((path: string) => void)[] = [
      (path) => rmSync(path),
      (path) => chmodSync(path, 0o644),
      (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"director"', '"program"')),
    ]
    for (const spoil of rows) {
      const place = join(folder(), 'd')
      developmentTrust(place, random)
      spoil(join(place, 'DEVELOPMENT-director.json'))
      expect(() => developmentTrust(place, random)).toThrow(FileFault)
    }
    const half = join(folder(), 'd')
    developmentTrust(half, random)
    rmSync(join(half, 'DEVELOPMENT-ROOT.cbor')) // a making that was cut short
    expect(() => developmentTrust(half, random)).toThrow(/exists already/)
  })
})

describe('development release', () => {
  const trust = developmentTrust(join(folder(), 'd'), random)
  const components = [
    { name: 'a.ts', bytes: Buffer.from(`var application=function(){const v="${PROGRAM.version}";`) },
    { name: 'b.ts', bytes: Buffer.from('return{v}}();\n') },
  ]
  const said: DevelopmentRelease = {
    ...{ trust, components, version: '9.8.7', counter: 2, seq: 5, models: ['SK-1'] },
  }
  const programIn = async (bytes: Uint8Array): Promise<string> => {
    const { manifest, payloads } = readReleaseFile(bytes)
    const full = payloads.find(({ row }) => row.base === null)
    const made = await unpacked(full?.bytes ?? bytes, new Uint8Array(0), manifest.program.length)
    expect(sha256(made ?? bytes)).toEqual(manifest.program.hash)
    return Buffer.from(made ?? bytes).toString()
  }

  it('a version → stands in manifest and program; both program keys have signed', async () => {
    const bytes = await buildDevelopmentRelease(said)
    const { manifest, envelope } = readReleaseFile(bytes)
    expect(manifest).toMatchObject({ version: '9.8.7', counter: 2, seq: 5, tenant: trust.tenant })
    expect(await programIn(bytes)).toBe('var application=function(){const v="9.8.7";return{v}}();\n')
    const { keys } = decodeRoot(readEnvelope(trust.root, 4096).payload)
    const signers = signersOf(readEnvelope(envelope ?? bytes, 32_768), 'program', keys, ed25519Verify)
    expect(signers).toHaveLength(2)
    expect(ROLE.program).toBe(2)
  })

  it('broken → a program that throws when it starts, and says so to the merchant', async () => {
    const bytes = await buildDevelopmentRelease({ ...said, broken: 'throws' })
    const program = await programIn(bytes)
    expect(() => new Function(program)()).toThrow('This program is broken on purpose.')
    expect(readReleaseFile(bytes).manifest.notice.zh).toContain('无法启动')
    const hanging = await programIn(await buildDevelopmentRelease({ ...said, broken: 'hangs' }))
    expect(() => runInNewContext(hanging, {}, { timeout: 50 })).toThrow(/timed out/)
  })

  it('a base → a delta before the payload in full', async () => {
    const base = { name: 'factory', program: programOf(components) }
    const { manifest } = readReleaseFile(await buildDevelopmentRelease({ ...said, bases: [base] }))
    expect(manifest.payloads.map(({ base: from }) => from)).toEqual([sha256(base.program), null])
  })

  it('a program that does not say its version → CommandError', async () => {
    await expect(buildDevelopmentRelease({ ...said, components: components.slice(1) })).rejects.toThrow(
      /version/,
    )
  })
})
