import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Target } from '../../../host-link/tms/model.ts'
import { codeWords } from '../../../host-link/tms/page/words/codes.ts'
import { CODE, type Code } from '../../../host-link/wire/tms/codes.ts'
import { sealEnvelope } from '../../../host-link/wire/tms/envelope.ts'
import { encodeParameterSet, type ParameterSet } from '../../../host-link/wire/tms/parameter-set.ts'
import type { ReleaseManifest } from '../../../host-link/wire/tms/release.ts'
import { areasOf } from '../../../terminal/boot/layout.ts'
import type { Device } from '../../../terminal/device/device.ts'
import { parameterRow } from '../../../terminal/parameter/table.ts'
import { newDeployment, temporaryFolder, wanted } from '../../host-link/tms/node/rig.ts'
import { type Fleet, type FleetLine, makeFleet, newRelease } from '../../host-link/tms/stories-fleet.ts'
import { hexOf, MODEL, NOW, SERIAL, sha256 } from '../../host-link/wire/tms/samples.ts'
import { openReady } from '../../rig/flash-run.ts'
import { crew, type MadeRelease, makeRelease, makeSet } from '../../rig/update-documents.ts'
import { makeWhole, type Whole } from '../../rig/update-whole.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

/** The real terminal at the real rules of the service. */
interface Served {
  readonly fleet: Fleet
  readonly line: FleetLine
  readonly till: Whole
  /** As the program that runs sees it. */
  readonly device: () => Device
}

async function makeServed(locale: 'zh' | 'en'): Promise<Served> {
  const fleet = await makeFleet(join(folder.path, `${locale}-${Math.random()}.db`), [SERIAL])
  const line = fleet.line(SERIAL)
  let device: Device | undefined
  const till = makeWhole(undefined, {
    time: fleet.time,
    seenBy(_, own) {
      device = own
      return own
    },
    device: { inbox: line.port },
    setup: { parameters: { locale, storeNumberRequired: true } },
  })
  till.machine.powerOn()
  await till.order()
  await till.see(/交易成功|APPROVED/)
  await till.toIdle()
  return { fleet, line, till, device: () => device ?? never() }
}

/** Brings something, and waits until the service says how it ended, or that it stands at `state`. */
async function brought(
  { fleet, till }: Served,
  what: { readonly release: MadeRelease } | { readonly envelope: Uint8Array },
  state?: Target['state'],
): Promise<Target> {
  const { store, now } = fleet
  const release = 'release' in what ? await approved(fleet, what.release) : 0
  const made = await store.createDeployment(
    newDeployment(release, { kind: 'release' in what ? 'program' : 'parameters' }),
    'release' in what ? { serials: [SERIAL] } : { documents: [{ serial: SERIAL, envelope: what.envelope }] },
    now(),
  )
  if (made.kind === 'refused') throw new Error(made.why)
  await wanted(store.submitDeployment(made.id, 'anna', now()))
  await wanted(store.approveDeployment(made.id, 'bert', now()))
  fleet.wake()
  const target = async () => (await store.targets({ deployment: made.id, limit: 1 })).rows[0]
  for (let round = 0; round < 60; round++) {
    await till.time.advance(5_000)
    const found = await target()
    if (found !== undefined && (found.endedAt > 0 || found.state === state)) return found
  }
  throw new Error(`no end: ${JSON.stringify(await target())}\n${till.screen()}\n${fleet.doubts.join('\n')}`)
}

async function approved({ store, now }: Fleet, release: MadeRelease): Promise<number> {
  const { release: about, objects } = newRelease(release)
  // The service believes that it fits, by mistake or because somebody else has it in hand.
  const added = await store.addRelease({ objects, release: { ...about, models: [MODEL] } })
  if (added.kind === 'refused') throw new Error(added.why)
  await wanted(store.approveRelease(added.id, 'bert', now()))
  return added.id
}

/** Settings of the parameters: which bank counts and of what set it is, and the two banks (terminal/parameter/store.ts). */
const PARAMETER_SETTINGS = [10, ...Array.from({ length: 16 }, (_, chunk) => 16 + chunk)]

/** All that must not change: programs, staging, journal with its entries, parameters, batch and keys. */
function lasting({ till, device }: Served): string {
  const areas = areasOf(till.programChip.geometry())
  if (areas === undefined) throw new Error('a chip too small')
  const slots = [areas.staging, areas.a, areas.b, areas.boot].map(({ address, bytes }) =>
    hexOf(sha256(till.programChip.read(address, bytes))),
  )
  const journal = openReady(till.copyOfChip())
  const entries: string[] = []
  journal.each(({ trace, state }) => entries.push(`${trace} ${state}`) > 0)
  const parameters = PARAMETER_SETTINGS.map((key) => hexOf(journal.setting(key) ?? new Uint8Array(0)))
  const { masterKey, pinKey, macKey } = device().secure.slot(1)
  return [...slots, journal.batch(), ...entries, ...parameters, masterKey, pinKey, macKey].join()
}

/** What a person reads on 软件更新, all of it. */
async function pageOf({ till }: Served): Promise<string> {
  await till.toIdle('cancel')
  await till.press('4', '9', '9')
  let all = ''
  for (let page = 0; page < 5; page++) {
    all += ` ${till.screen().replace(/\s+/g, ' ')}`
    await till.press('down')
  }
  await till.toIdle('cancel')
  return all
}

const signatureWrong = (release: MadeRelease): MadeRelease => {
  const envelope = release.envelope.slice()
  envelope[envelope.length - 1] = (envelope.at(-1) ?? 0) ^ 1
  const objects = new Map(release.objects)
  objects.delete(hexOf(release.hash))
  objects.set(hexOf(sha256(envelope)), envelope)
  return { ...release, envelope, hash: sha256(envelope), objects }
}

// biome-ignore format: one row a reason
const programs: readonly (readonly [string, Partial<ReleaseManifest>, Code, Target['state']])[] = [
  ['a corrupt package, its manifest changed by one bit', {},                                             CODE.signature,       'refused'],
  ['for another model',                    { models: ['SK-900'] },                                       CODE.wrongModel,      'refused'],
  ['of another tenant',                    { tenant: 'other' },                                          CODE.wrongTenant,     'refused'],
  ['under the security counter confirmed', { counter: 0 },                                               CODE.counterLow,      'refused'],
  ['expired',                              { expires: NOW - 1 },                                         CODE.expired,         'expired'],
  ['larger than the flash',                { flash: 1_000_000 },                                         CODE.noSpace,         'refused'],
  ['for a newer runtime',                  { runtime: { min: 2, max: 9 } },                              CODE.runtime,         'refused'],
  ['for another table of parameters',      { parameterSchema: { min: 2, max: 3 } },                      CODE.parameterSchema, 'refused'],
  ['that cannot read our journal',         { journal: { readsMin: 3, readsMax: 3, writes: 3, reversible: false } }, CODE.journalLayout, 'refused'],
  ['that wants a version between',         { required: ['0.1.5'] },                                      CODE.requiredVersion, 'refused'],
]

const numberOf = (name: string): number => parameterRow(name)?.number ?? 0
type Values = readonly (readonly [number, number | string])[]

// biome-ignore format: one row a fault
const sets: readonly (readonly [string, Values, Code, string])[] = [
  ['a parameter that there is none of', [[255, 1]],                                       CODE.parameterUnknown, '#255'],
  ['a count out of its range',          [[numberOf('answerTimeoutSeconds'), 1]],          CODE.parameterValue, 'answerTimeoutSeconds'],
  ['a count as text',                   [[numberOf('answerTimeoutSeconds'), '45']],       CODE.parameterValue, 'answerTimeoutSeconds'],
  ['a flag of 2',                       [[numberOf('pinBypass'), 2]],                     CODE.parameterValue, 'pinBypass'],
  ['a choice that is none',             [[numberOf('voidCard'), 'maybe']],                CODE.parameterValue, 'voidCard'],
  ['a text too long',                   [[numberOf('merchantName'), 'x'.repeat(41)]],     CODE.parameterValue, 'merchantName'],
  ['programmes that are none',          [[numberOf('instalmentProgrammes'), 'x']],        CODE.parameterValue, 'instalmentProgrammes'],
  ['a limit of nothing',                [[numberOf('sale.limitFen'), 0]],                 CODE.parameterValue, 'sale.limitFen'],
]

describe.each(['zh', 'en'] as const)('bad input, on the screen in %s', (locale) => {
  const [failed, code, refused] =
    locale === 'zh' ? [/下载失败/, '代码', /参数下载未采用/] : [/Failed/, 'Code', /Parameters refused/]

  it(`D03 G03 G06 programs (${locale}): ${programs.map(([name]) => name).join('; ')} → each refused before its first block, named on 软件更新 and by the service, nothing changed`, async () => {
    const served = await makeServed(locale)
    const { till, line, fleet } = served
    const before = lasting(served)
    for (const [number, [name, over, why, state]] of programs.entries()) {
      const made = makeRelease({ mark: `bad ${number}`, over: { seq: 20 + number, ...over } })
      const release = why === CODE.signature ? signatureWrong(made) : made
      const target = await brought(served, { release })
      expect([target.state, target.code], name).toEqual([state, why])
      expect(codeWords[`code.${why}`], name).toHaveLength(2)
      const page = await pageOf(served)
      expect(page, name).toMatch(new RegExp(`${code} ${why}( |$)`))
      expect(page, name).toMatch(failed)
      expect(line.asked.get(hexOf(release.payloads[0]?.hash ?? new Uint8Array(0))), name).toBeUndefined()
      expect(lasting(served), name).toBe(before)
    }
    // And a good one after all of them is fetched; it waits for the batch.
    const good = makeRelease({ mark: 'good', over: { seq: 40 } })
    await brought(served, { release: good }, 'downloaded')
    expect(till.stops).toEqual([])
    await fleet.close()
  })

  it(`D03 D05 parameters (${locale}): ${sets.map(([name]) => name).join('; ')} → each refused whole, the value named on the screen, the set with its code by the service, nothing changed`, async () => {
    const served = await makeServed(locale)
    const { till, fleet } = served
    const before = lasting(served)
    let seq = 20
    const bring = (over: Partial<ParameterSet>): Promise<Target> =>
      brought(served, { envelope: makeSet({ seq: ++seq, ...over }).envelope })
    for (const [name, values, why, named] of sets) {
      const seen = till.screens.length
      const good: readonly [number, number] = [numberOf('inputTimeoutSeconds'), 99]
      const target = await bring({ values: new Map([good, ...values]) })
      expect([target.state, target.code], name).toEqual(['refused', why])
      const shown = till.screens.slice(seen).join('\n')
      expect(shown, name).toMatch(refused)
      expect(shown.replace(/\s+/g, ''), name).toContain(named)
      expect(shown, name).toMatch(new RegExp(`${code} ${why}\\b`))
      await till.toIdle('cancel')
      expect(lasting(served), name).toBe(before)
    }
    // Documents that are none of its own.
    const envelope = makeSet({ seq: ++seq }).envelope.slice()
    envelope[envelope.length - 1] = (envelope.at(-1) ?? 0) ^ 1
    const stranger = sealEnvelope('parameters', encodeParameterSet(makeSet({ seq: ++seq }).set), [
      crew.program[0] ?? never(),
    ])
    // biome-ignore format: one row a document
    const documents: readonly (readonly [string, Promise<Target> | (() => Promise<Target>), Code])[] = [
      ['changed by one bit',   () => brought(served, { envelope }),           CODE.signature],
      ['signed by a stranger', () => brought(served, { envelope: stranger }), CODE.signature],
      ['of another tenant',    () => bring({ tenant: 'other' }),              CODE.wrongTenant],
      ['expired',              () => bring({ expires: NOW - 1 }),             CODE.expired],
      ['of a newer table',     () => bring({ schema: 9 }),                    CODE.parameterSchema],
    ]
    for (const [name, document, why] of documents) {
      const target = await (typeof document === 'function' ? document() : document)
      expect([target.state, target.code], name).toEqual(['refused', why])
      expect(lasting(served), name).toBe(before)
    }
    expect((await bring({ values: new Map([[numberOf('inputTimeoutSeconds'), 99]]) })).state).toBe(
      'confirmed',
    )
    const older = await bring({ seq: 21 })
    expect(older.state, 'an earlier set is not even offered').toBe('superseded')
    expect(till.stops).toEqual([])
    await fleet.close()
  })
})

function never(): never {
  throw new Error('cannot happen')
}
