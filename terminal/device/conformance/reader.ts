import type { Stripe } from '../reader.ts'
import { holds, same, type Vector, vector, watch, within } from './vector.ts'

const whole: Stripe = {
  track1: '%B6222600001234567890^LI/LEI^3012201?',
  track2: ';6222600001234567890=30122010000000000?',
  track3: ';996222600001234567890=1561560000000000?',
}

/** A vector: this card is swiped while the application waits. */
function swiped(id: string, title: string, stripe: Stripe, wanted: object): Vector {
  return vector(id, title, async ({ device, rig }) => {
    const waiting = watch(() => device.reader.wait(1000))
    await rig.pass(10)
    rig.swipe(stripe)
    await rig.pass(0)
    same(waiting.result, wanted, 'result')
  })
}

// biome-ignore format: one vector a paragraph
export const readerVectors: readonly Vector[] = [
  swiped('reader.tracks', 'a swipe gives all tracks as they are, sentinels and LRC included',
    { ...whole, track2: ';6222600001234567890=30122010000000000?8' },
    { kind: 'stripe', ...whole, track2: ';6222600001234567890=30122010000000000?8' }),
  swiped('reader.tracks.absent', 'a track that is not on the card is left out',
    { track2: whole.track2 ?? '' }, { kind: 'stripe', track2: whole.track2 }),
  swiped('reader.tracks.blank', 'a blank track is left out',
    { track1: '', track2: whole.track2 ?? '' }, { kind: 'stripe', track2: whole.track2 }),
  swiped('reader.tracks.none', 'a card with no track at all is unreadable', {}, { kind: 'unreadable' }),
  swiped('reader.tracks.longest', 'tracks of 79, 40 and 107 characters are read',
    { track1: '%'.padEnd(79, '1'), track2: ';'.padEnd(40, '2'), track3: ';'.padEnd(107, '3') },
    { kind: 'stripe', track1: '%'.padEnd(79, '1'), track2: ';'.padEnd(40, '2'), track3: ';'.padEnd(107, '3') }),
  vector('reader.unreadable', 'a swipe that the head cannot read is a result', async ({ device, rig }) => {
    const waiting = watch(() => device.reader.wait(1000))
    rig.swipeBadly()
    await rig.pass(0)
    same(waiting.result, { kind: 'unreadable' }, 'result')
  }),
  ...([['track1', 79, '%'], ['track2', 40, ';'], ['track3', 107, ';']] as const).map(([track, most, sentinel]) =>
    swiped(`reader.tracks.too-long.${track}`, `a ${track} of ${most + 1} characters is no track: the swipe is unreadable`,
      { ...whole, [track]: sentinel.padEnd(most + 1, '1') }, { kind: 'unreadable' })),
  ...(['track1', 'track2', 'track3'] as const).map((track) =>
    swiped(`reader.only.${track}`, `a card with ${track} alone gives that`, { [track]: whole[track] ?? '' }, { kind: 'stripe', [track]: whole[track] ?? '' })),
  swiped('reader.cut', 'a track whose end sentinel is missing is given as it was read: who asked judges',
    { track2: ';6222600001234567890=3012' }, { kind: 'stripe', track2: ';6222600001234567890=3012' }),
  swiped('reader.one', 'a track of one character is a track', { track2: ';' }, { kind: 'stripe', track2: ';' }),
  vector('reader.blank.all', 'a card whose tracks are all blank is unreadable', async ({ device, rig }) => {
    const waiting = watch(() => device.reader.wait(1000))
    rig.swipe({ track1: '', track2: '', track3: '' })
    await rig.pass(0)
    same(waiting.result, { kind: 'unreadable' }, 'result')
  }),
  vector('reader.bad.many', 'bad swipes one after the other are each a result', async ({ device, rig }) => {
    for (let swipe = 0; swipe < 5; swipe++) {
      const waiting = watch(() => device.reader.wait(1000))
      rig.swipeBadly()
      await rig.pass(0)
      same(waiting.result, { kind: 'unreadable' }, `swipe ${swipe}`)
    }
  }),
  vector('reader.twice', 'of two swipes in one instant the second is lost', async ({ device, rig }) => {
    const first = watch(() => device.reader.wait(1000))
    rig.swipe(whole)
    rig.swipeBadly()
    await rig.pass(0)
    same(first.result, { kind: 'stripe', ...whole }, 'first')
    const second = watch(() => device.reader.wait(100))
    await rig.pass(200)
    same(second.result, { kind: 'timeout' }, 'second')
  }),
  vector('reader.lost', 'a swipe while nobody waits is lost', async ({ device, rig }) => {
    rig.swipe(whole)
    await rig.pass(0)
    const waiting = watch(() => device.reader.wait(1000))
    await rig.pass(100)
    holds(waiting.result === undefined, 'the old swipe was given')
    await rig.pass(1000)
    same(waiting.result, { kind: 'timeout' }, 'result')
  }),
  vector('reader.again', 'after a bad swipe the next wait reads a good one', async ({ device, rig }) => {
    const first = watch(() => device.reader.wait(1000))
    rig.swipeBadly()
    await rig.pass(0)
    same(first.result, { kind: 'unreadable' }, 'first')
    const second = watch(() => device.reader.wait(1000))
    rig.swipe(whole)
    await rig.pass(0)
    same(second.result, { kind: 'stripe', ...whole }, 'second')
  }),
  vector('reader.zero', 'a wait of 0 ms is a time-out at once', async ({ device, rig }) => {
    same(await within(rig, 0, () => device.reader.wait(0)), { kind: 'timeout' }, 'result')
  }),
]
