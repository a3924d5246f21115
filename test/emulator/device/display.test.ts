import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import { makeGrid } from '../../../emulator/device/grid.ts'
import { cellWidth } from '../../../terminal/screen/width.ts'
import { makeBench } from './bench.ts'

test('many draws in one turn → one picture, at the end of the turn', async () => {
  const { options, chip, pictures, time, screen } = makeBench()
  const { device } = makeDevice(options, chip)
  await time.advance(0)
  pictures.length = 0
  for (let row = 0; row < 10; row++) device.display.draw(row, 0, `row ${row}`, 'normal')
  expect(pictures).toEqual([])
  await time.advance(0)
  expect(pictures).toHaveLength(1)
  expect(screen()[9]).toBe('row 9')
})

test('a waiting call → the picture comes before anything that the call leads to', async () => {
  const { options, chip, pictures, paper, time } = makeBench()
  const { device } = makeDevice(options, chip)
  await time.advance(0)
  pictures.length = 0
  device.display.draw(0, 0, 'printing', 'normal')
  void device.printer.print([{ text: 'x', align: 'left', size: 'normal' }])
  expect(pictures).toHaveLength(1)
  expect(paper).toEqual([])
  await time.advance(1000)
  expect(pictures).toHaveLength(1) // not a second time at the end of the turn
})

test('nothing drawn → no picture', async () => {
  const { options, chip, pictures, time } = makeBench()
  const { device } = makeDevice(options, chip)
  await time.advance(0)
  expect(pictures).toHaveLength(1) // lit and blank after power on
  void device.keypad.next(10)
  await time.advance(100)
  expect(pictures).toHaveLength(1)
})

test('icons and line quality are in the picture', async () => {
  const { options, chip, pictures, time } = makeBench()
  const { device, operator } = makeDevice(options, chip)
  device.display.icons({ signedOn: true, owed: false, paperOut: true })
  operator.cable(false)
  await time.advance(0)
  expect(pictures.at(-1)).toMatchObject({
    icons: { signedOn: true, owed: false, paperOut: true },
    quality: 0,
    lit: true,
    secure: false,
  })
})

test('a large character whose lower half is drawn over → it becomes blank', () => {
  const grid = makeGrid(6, 3)
  grid.draw(0, 0, '中A', 'large')
  grid.draw(1, 1, 'x', 'normal')
  expect(grid.picture()).toEqual([
    { text: '  A', runs: [{ from: 2, to: 3, style: 'large' }] },
    { text: ' x', runs: [] },
    { text: '', runs: [] },
  ])
})

test('a large text in the last row, where its lower half is cut → blanks', () => {
  const grid = makeGrid(6, 2)
  grid.draw(1, 0, 'xxxx', 'normal')
  grid.draw(1, 1, 'AB', 'large')
  expect(grid.picture()[1]).toEqual({ text: 'x  x', runs: [] })
})

test('any draws → every row has at most the grid’s width, every run lies inside it and none is halved', () => {
  const draw = fc.tuple(
    fc.integer({ min: -1, max: 4 }),
    fc.integer({ min: -1, max: 8 }),
    fc.stringMatching(/^[a刷，\n]{0,10}$/),
    fc.constantFrom('normal' as const, 'inverse' as const, 'large' as const),
  )
  fc.assert(
    fc.property(fc.array(draw, { maxLength: 20 }), (draws) => {
      const grid = makeGrid(8, 4)
      for (const [row, column, text, style] of draws) grid.draw(row, column, text, style)
      const picture = grid.picture()
      expect(picture).toHaveLength(4)
      for (const { text, runs } of picture) {
        expect(cellWidth(text)).toBeLessThanOrEqual(8)
        expect(text).not.toMatch(/[\n]| $/)
        for (const { from, to } of runs) {
          expect(from).toBeLessThan(to)
          expect(to).toBeLessThanOrEqual(8)
        }
      }
    }),
  )
})
