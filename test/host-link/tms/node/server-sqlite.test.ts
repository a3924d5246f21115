import { describe, test } from 'vitest'
import { PLACES } from './places.ts'
import {
  expectNewerAfterTrial,
  expectNewerTaken,
  expectPaused,
  expectPresence,
  expectTaken,
  expectWithdrawn,
  serviceRig,
} from './service-suite.ts'

for (const place of PLACES.filter(({ database }) => database === 'sqlite'))
  describe.skipIf(place.skipped)(`startTms on ${place.title}`, () => {
    const rig = serviceRig(place)
    test('terminals are told, download, and count as confirmed by their own signed reports', () =>
      expectTaken(rig))
    test('a newer deployment takes the place of the older; who had the newer never gets the older', () =>
      expectNewerTaken(rig))
    test('a newer deployment comes while the older is on trial → the trial ends first, then the newer is taken', () =>
      expectNewerAfterTrial(rig))
    test('a withdrawn release is offered to nobody any more, and its bytes are not served', () =>
      expectWithdrawn(rig))
    test('one that goes offline is seen so; one that is added later may connect', () => expectPresence(rig))
    test('a release that reverts on two of three pauses its deployment with an alarm', () =>
      expectPaused(rig))
  })
