import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, chromiumPath, needsChromium, openBench } from './browser.ts'

describe.skipIf(chromiumPath === undefined)(`what fits on the page${needsChromium}`, () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await openBench()
    await bench.page.getByTestId('locale-en').click()
    await bench.page.locator('.station', { hasText: 'Station' }).waitFor()
  })
  afterAll(() => bench?.close())

  for (const width of [1_100, 1_280, 1_600])
    test(`English, ${width} pixels wide: each PIN inside its card, the whole address of the station in its field`, async () => {
      await bench.page.setViewportSize({ width, height: 900 })
      const over = await bench.page.evaluate(() => {
        const wrong: string[] = []
        for (const pin of document.querySelectorAll('.cards .card-face .pin')) {
          const face = pin.closest('.card-face')
          const edge = face?.getBoundingClientRect().right ?? 0
          if (pin.getBoundingClientRect().right > edge - 2) wrong.push(`PIN ${pin.textContent}`)
        }
        const address = document.querySelector('[data-testid="station-address"]')
        if (address === null) wrong.push('no address')
        else if (address.scrollWidth > address.clientWidth) wrong.push('address')
        return wrong
      })
      expect(over).toEqual([])
    })
})
