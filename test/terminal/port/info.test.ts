import { expect, test } from 'vitest'
import { describeNative, newFolder, startGuest } from './guest.ts'

describeNative('info 机具信息', () => {
  test('identity: maker, model and serial number of device.json, name and version of the runtime', async () => {
    const { rig, take } = await startGuest('report(info.identity())')
    const runtime = expect.stringMatching(/^quickjs-native \d+\.\d+\.\d+$/)
    expect(take()).toEqual([{ maker: 'Shuaka', model: 'standard', serial: 'PORT00000001', runtime }])
    await rig.kill()
  })

  test('a compact device says so', async () => {
    const folder = newFolder({ model: 'compact', serial: 'A' })
    const { rig, take } = await startGuest('report(info.identity().model, info.identity().serial)', {
      folder,
    })
    expect(take()).toEqual(['compact', 'A'])
    await rig.kill()
  })

  test('setup is device.json’s, root document 1 as bytes, and what the program does to it changes nothing', async () => {
    const { rig, take } = await startGuest(`
      const first = info.setup()
      report(first.update.root instanceof Uint8Array, [...first.update.root], first.update.tenant)
      report([first.terminalId, first.merchantName, first.tpdu, first.keySlot, first.dialect, first.profile, first.stores])
      first.update.root.fill(9)
      first.terminalId = 'x'
      report([...info.setup().update.root], info.setup().terminalId)`)
    expect(take()).toEqual([
      ...[true, [1, 2, 255], 'acme'],
      ['10000001', '示例家居广场', '6000030000', 1, 'cup', 'mall', []],
      ...[[1, 2, 255], '10000001'],
    ])
    await rig.kill()
  })

  test('restart does not come back, and the next start is no crash', async () => {
    let starts = 0
    const guest = await startGuest(
      `if (rig.ask() === 1) { info.restart(); report('came back') }
       report('again')`,
      { ask: () => ++starts },
    )
    expect(guest.take()).toEqual([])
    await guest.obey('time\t100\t100')
    expect(guest.take()).toEqual(['again'])
    expect(guest.told('stopped')).toEqual([])
    await guest.rig.kill()
  })
})
