import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import { sha256 } from '../../host-link/wire/tms/samples.ts'
import { makeUpdateTerminal } from '../../rig/update.ts'
import { makeSet } from '../../rig/update-documents.ts'

/** A set of so many bytes, and some. */
const setOf = (seq: number, bytes: number) =>
  makeSet({
    seq,
    values: new Map(Array.from({ length: Math.ceil(bytes / 2_000) }, (_, at) => [at + 1, 'x'.repeat(2_000)])),
  })

describe('parameter sets on their way 参数集', () => {
  it('no room for one beside the others → told (code 10), and it is fetched with the next order, when there is', async () => {
    const [first, second] = [setOf(12, 10_000), setOf(13, 10_000)]
    const terminal = makeUpdateTerminal()
    const { service } = terminal
    const last = () => service.reports.at(-1)?.parameters
    const seqs = () =>
      terminal
        .updater()
        .stagedParameters()
        .map(({ set }) => set.seq)
    service.wantSets(first.envelope, second.envelope)
    terminal.start()
    expect(await terminal.until(() => last()?.code === CODE.noSpace, 60_000)).toBe(true)
    expect(last()?.refused).toEqual(sha256(second.envelope))
    expect(seqs()).toEqual([12])
    service.wantSets(second.envelope)
    service.tell()
    expect(await terminal.until(() => seqs().join() === '13', 60_000)).toBe(true)
    expect(await terminal.until(() => last()?.code === CODE.ok, 60_000)).toBe(true)
  })

  it('none of ours → told, and not fetched again, however often it is ordered', async () => {
    const foreign = makeSet({ serial: 'SK-000002' })
    const terminal = makeUpdateTerminal()
    const { service } = terminal
    service.wantSets(foreign.envelope)
    terminal.start()
    const refused = () => service.reports.at(-1)?.parameters.code === CODE.notForMe
    expect(await terminal.until(refused, 60_000)).toBe(true)
    const gets = service.gets.length
    service.tell()
    await terminal.time.advance(60_000)
    expect(service.gets.length).toBe(gets)
  })
})
