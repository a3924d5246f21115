import { describe, expect, it } from 'vitest'
import { areasOf } from '../../../terminal/boot/layout.ts'
import { inLaterLayout } from '../../rig/later-layout.ts'
import { makeRelease } from '../../rig/update-documents.ts'
import { makeWhole, type Whole } from '../../rig/update-whole.ts'

const release = makeRelease({ over: { counter: 1 } })

describe('out of service, and yet reached 停用', () => {
  it('the slot rots after the journal was brought to a layout that the program before does not read → it trades nothing, writes nothing, and downloads its cure', async () => {
    let raised = false
    const till = makeWhole(undefined, {
      seenBy: (name, device) =>
        name === 'factory' && raised ? { ...device, flash: inLaterLayout(device.flash) } : device,
    })
    till.machine.powerOn()
    await till.toIdle()
    till.service.want(release)
    till.service.tell()
    await till.see(/已升级到 0\.2\.0/, 900_000)
    await till.press('enter')
    await till.order()
    await till.see(/交易成功/)
    await till.toIdle()
    expect(till.starts).toEqual(['factory', 'new'])
    raised = true
    till.machine.powerOff()
    rot(till)
    till.machine.powerOn()
    await till.see(/日志异常,请停用\s+format/, 60_000)
    expect(till.starts).toEqual(['factory', 'new', 'factory'])
    await till.time.runUntil(() => till.service.reports.at(-1)?.running.place === 'factory', 60_000)
    expect(till.service.reports.at(-1)?.batch).toMatchObject({ frozen: true })
    till.service.want(release, 2)
    till.service.tell()
    await till.time.runUntil(() => till.starts.length === 4, 900_000)
    await till.toIdle()
    expect(till.starts).toEqual(['factory', 'new', 'factory', 'new'])
    await till.press('9')
    await till.see(/借记 1/)
    await till.press('enter')
    await till.see(/对账平|平/, 60_000)
  })
})

/** The beginning of slot A goes. */
function rot({ programChip }: Whole): void {
  const areas = areasOf(programChip.geometry())
  if (areas === undefined) throw new Error('a chip too small for programs')
  programChip.repower()
  programChip.program(areas.a.address, new Uint8Array(64))
}
