import { describe, expect, it } from 'vitest'
import { plainOrder } from '../../../scripts/keys-station-orders.ts'
import { done, readyStation, row, stations, TestTerminal, tcpLine } from './rig.ts'

const use = stations()

describe('标签 labels: what is on paper is what is on record', () => {
  it('the page is told exactly which to print: on day two no old ones, one chosen serial again, none when none wait', async () => {
    const station = await use.open(use.folder())
    const { issue } = await readyStation(station, [row('SN1'), row('SN2'), row('SN3')])
    const dial = await tcpLine(station)
    const inject = async (serial: string) => {
      const terminal = new TestTerminal(serial, issue('terminal', serial))
      expect((await terminal.inject(dial)).kind).toBe('loaded')
    }
    const ordered = async (serials?: readonly string[]) => {
      const { body } = await plainOrder(station, 'labels', { serials })
      if ('error' in body) return body.why
      return body.labels?.map(({ serial, slot, labelled }) => `${serial}/${slot} ${labelled}`)
    }
    const onRecord = () => [...station.audit()].filter(({ event }) => event === 'labelled').length
    await inject('SN1')
    expect(station.progress().map(({ labelled }) => labelled)).toEqual([false, false, false])
    expect(await ordered([])).toEqual(['SN1/0 true'])
    expect(station.progress().map(({ labelled }) => labelled)).toEqual([true, false, false])
    expect(await ordered()).toBe('nothing')
    await inject('SN2')
    await inject('SN3')
    expect(await ordered()).toEqual(['SN2/0 true', 'SN3/0 true'])
    expect(await ordered(['SN1'])).toEqual(['SN1/0 true'])
    expect(onRecord()).toBe(3)
    done(station.allowAgain('SN1', 0))
    await inject('SN1') // another key, so another check value on its label
    expect(await ordered()).toEqual(['SN1/0 true'])
  })
})
