import { describe, expect, it } from 'vitest'
import { places } from '../../rig/update-cuts.ts'
import { cutWhole, wholeStories } from '../../rig/update-whole-cuts.ts'

const story = wholeStories.reverted

describe('G02 power during an update, with nothing left out', () => {
  for (const place of places)
    it(`${story.name}: power lost at operations of the ${place}, and again in the recovery → the same end; batch, traces, reversals, layout, keys and floors as without a cut`, async () => {
      expect(await cutWhole(story, place)).toBeGreaterThan(0)
    })
})
