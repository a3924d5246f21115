import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import { sealEnvelope } from '../../../host-link/wire/tms/envelope.ts'
import { encodeRelease } from '../../../host-link/wire/tms/release.ts'
import { encodeRoot } from '../../../host-link/wire/tms/root.ts'
import { hexOf, type Person, rootOf, sha256 } from '../../host-link/wire/tms/samples.ts'
import { makeUpdateTerminal, type UpdateTerminal } from '../../rig/update.ts'
import {
  crew,
  type MadeRelease,
  makeRelease,
  makeSet,
  NEXT_DIRECTOR,
  NEXT_ROOT,
} from '../../rig/update-documents.ts'

const good = makeRelease()
const evil = makeRelease({ mark: 'evil', over: { seq: 70, version: '6.6.6' } })

/** The release under the signatures of others. */
function signedBy(made: MadeRelease, people: readonly Person[]): MadeRelease {
  const envelope = sealEnvelope('program', encodeRelease(made.manifest), people)
  const objects = new Map(made.objects)
  objects.delete(hexOf(made.hash))
  objects.set(hexOf(sha256(envelope)), envelope)
  return { ...made, envelope, hash: sha256(envelope), objects }
}
const slots = ({ chip, areas }: UpdateTerminal): string =>
  [areas.staging, areas.a, areas.b, areas.boot]
    .map(({ address, bytes }) => hexOf(chip.read(address, bytes)))
    .join()

/** Ordered by keys that are good for orders: refused with this code, and no byte of a slot changed. */
async function refusedWith(
  terminal: UpdateTerminal,
  made: MadeRelease,
  order: number,
  code: number,
): Promise<void> {
  const before = slots(terminal)
  terminal.service.want(made, order)
  terminal.service.tell()
  const last = () => terminal.service.reports.at(-1)?.last
  await terminal.until(
    () => last()?.order === order || terminal.updater().programReady() !== undefined,
    600_000,
  )
  expect(last()).toEqual({ release: made.hash, end: 'failed', code, order })
  expect(terminal.updater().programReady()).toBeUndefined()
  expect(slots(terminal)).toBe(before)
}

/** What whoever has the director's key, and the service with all that it has, tries first. */
async function tryPrograms(terminal: UpdateTerminal): Promise<void> {
  const [one] = crew.program
  if (one === undefined) throw new Error('nobody signs programs')
  const online = [...crew.director, ...crew.parameters]
  await refusedWith(terminal, signedBy(evil, crew.director), 11, CODE.signature)
  await refusedWith(terminal, signedBy(evil, online), 12, CODE.signature)
  // One key of the program role was stolen too: two must sign.
  await refusedWith(terminal, signedBy(evil, [one, ...online]), 13, CODE.signature)
  const root = encodeRoot(rootOf({ ...crew, program: crew.director }, [2, 2, 1, 1], { seq: 2 }))
  terminal.service.roots = [sealEnvelope('root', root, online)]
  await refusedWith(terminal, signedBy(evil, crew.director), 14, CODE.signature)
  terminal.service.roots = []
  expect(terminal.service.hellos.at(-1)?.rootVersion).toBe(1)
}

async function started(): Promise<UpdateTerminal> {
  const terminal = makeUpdateTerminal()
  terminal.start()
  await terminal.until(() => terminal.updater().order() !== undefined)
  return terminal
}

describe('keys that are online 在线密钥', () => {
  it('U06 the stolen key of the director → orders of it are taken, but nothing that the offline keys did not sign is ever put in, nor what is older than the one confirmed', async () => {
    const terminal = await started()
    await tryPrograms(terminal)
    terminal.device().secure.raiseFloor(0, 5, new Uint8Array(4))
    await refusedWith(terminal, good, 15, CODE.counterLow)
    expect(terminal.faults).toEqual([])
  })

  it('U07 the whole service in other hands: all online keys, its database and its broker → no program, no root; parameters only of the table; new online keys of the root take everything back, however high the numbers were driven', async () => {
    const terminal = await started()
    const { service } = terminal
    await tryPrograms(terminal)
    // Its parameters are genuine: they are held against the table, and no more.
    service.desire.program = null
    service.wantSets(makeSet({ seq: 0xffff_ffff }).envelope)
    service.tell({ seq: 0xffff_ff00 })
    await terminal.until(() => terminal.updater().stagedParameters().length === 1, 600_000)
    expect(terminal.updater().stagedParameters()).toHaveLength(1)
    // The true director, whose number is lower, is not heard any more.
    const before = terminal.updater().order()?.seq
    service.want(good, 20)
    service.tell()
    await terminal.time.advance(60_000)
    expect(terminal.updater().order()?.seq).toBe(before)
    // A root with new keys is enough.
    service.director = NEXT_DIRECTOR
    service.roots = [NEXT_ROOT]
    service.wantSets()
    service.tell()
    expect(await terminal.until(() => terminal.updater().programReady() !== undefined, 600_000)).toBe(true)
    expect(terminal.updater().programReady()?.version).toBe(good.manifest.version)
    expect(terminal.updater().stagedParameters()).toEqual([])
    expect(terminal.faults).toEqual([])
  })
})
