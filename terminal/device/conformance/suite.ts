import type { Device } from '../device.ts'
import { factsOf } from './measure.ts'
import type { Ending, Life, Port } from './port.ts'
import { type RigPeripheral, rigOf } from './rig.ts'
import { runVector } from './run.ts'
import { Mismatch, watch } from './vector.ts'
import { vectors } from './vectors.ts'

/** A run this long counts as good: the next crash is a first one (docs/device.md, "What the runtime does"). */
const STEADY_MS = 60_000
/** Time in which a run that must end has ended. */
const ENDING_MS = 20_000
/** Name under which the facts are found out, after the last vector. */
const FACTS = 'facts'

/**
 * 一致性测试 as a program of the device: the vectors one by one, each result handed out at once, then the facts. A vector may
 * last over several runs; where a run ends that should not, its vector has failed, and the next run goes on behind it.
 */
export function runSuite(device: Device & { readonly rig: RigPeripheral }): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (how: 'fulfil' | 'reject'): void => {
      if (how === 'fulfil') resolve()
      else reject(new Error('the suite rejects application.running'))
    }
    suite(device, settle).catch(reject)
  })
}

async function suite(device: Device & { readonly rig: RigPeripheral }, settle: Life['settle']) {
  const raw = device.rig
  const port: Port = { device, rig: rigOf(raw) }
  const before = raw.resume()
  const { vector: last, expected, ended } = before
  const asExpected = expected !== null && expected === ended
  let at = last === null ? 0 : vectors.findIndex(({ id }) => id === last)
  if (last !== null && !asExpected && last !== FACTS) {
    const { id, title } = vectors[at] ?? { id: last, title: '' }
    raw.report({ id, title, result: 'failed', detail: endingOf(before) })
    at++
  }
  if (last !== FACTS) {
    for (let stage = asExpected ? before.stage + 1 : 0; at < vectors.length; at++, stage = 0) {
      const vector = vectors[at]
      if (vector === undefined || !vector.id.startsWith(before.only)) continue
      raw.begin(vector.id, stage)
      raw.report(await runVector(port, vector, makeLife(raw, vector.id, stage, before, settle)))
    }
    raw.begin(FACTS, 0)
    raw.facts(await factsOf(port, raw))
  }
  await raw.done()
}

function endingOf({ expected, ended, why }: ReturnType<RigPeripheral['resume']>): string {
  const how = `the run ended by ${ended}${why === '' ? '' : ` (${why})`}`
  return expected === null ? how : `${how}, and should by ${expected}`
}

/** The places of a vector where a run must end are counted: those of earlier runs are behind it. */
function makeLife(
  raw: RigPeripheral,
  id: string,
  stage: number,
  { restMs, crashes, note }: ReturnType<RigPeripheral['resume']>,
  settle: Life['settle'],
): Life {
  let place = 0
  async function ends(ending: Ending, what: string, act: () => unknown, word: IsWord): Promise<void> {
    if (place++ < stage) return
    raw.expect(ending)
    const given = watch(async () => act())
    await raw.pass(0)
    if (given.result === undefined) await raw.pass(ENDING_MS)
    raw.expect(null)
    if (!word(given.result)) throw new Mismatch(`${what}: the run goes on`)
    raw.begin(id, place) // as far as this the vector is done: a later run goes on behind it
  }
  return {
    ...{ stage, restMs, crashes, note, settle },
    async ends(ending, what, act, word = isNoWord) {
      if (place >= stage && ending === 'crash') await raw.pass(STEADY_MS)
      await ends(ending, what, act, word)
    },
    endsInARow: (what, act) => ends('crash', what, act, isNoWord),
    async endsInSilence() {
      if (place++ < stage) return
      await raw.pass(STEADY_MS)
      raw.expect('crash')
      await new Promise(() => {})
    },
    keep: (next) => raw.note(next),
    cut: (chip, operation) => raw.cut(chip, operation),
    power: () => raw.power(),
  }
}

type IsWord = (result: unknown) => boolean
const isNoWord: IsWord = () => false
