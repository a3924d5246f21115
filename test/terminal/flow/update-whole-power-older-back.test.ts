import { describe, expect, it } from 'vitest'
import { places } from '../../rig/update-cuts.ts'
import { cutWhole, wholeStories } from '../../rig/update-whole-cuts.ts'

const story = wholeStories.olderReverted

describe('G02 G05 power during an update to a program of the older layout', () => {
  for (const place of places)
    it(`${story.name}: power lost at operations of the ${place}, and again in the recovery → the same end; batch, traces, reversals, layout, keys and floors as without a cut`, async () => {
      expect(await cutWhole(story, place)).toBeGreaterThan(0)
    })
})
