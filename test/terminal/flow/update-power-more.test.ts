import { describe, expect, it } from 'vitest'
import { cutEverywhere, places, stories } from '../../rig/update-cuts.ts'

describe('D02 G02 power during an update', () => {
  for (const story of stories.filter(({ name }) => !name.endsWith('confirm')))
    for (const place of places)
      it(`${story.name}: cut before every write of the ${place}, inside it and again during the recovery → one of both, batch and keys whole`, async () => {
        expect(await cutEverywhere(story, place)).toBe('whole')
      })
})
