import { LEAF_BYTES } from './record.ts'

/** What one request asks for, as `Get` has it. */
export interface Ask {
  readonly blockBytes: number
  readonly first: number
  readonly bitmap: Uint8Array
  readonly bytes: number
  /** The leaves of these blocks, the last of them beside. */
  readonly leaves: Set<number>
  readonly last: number
}

const BLOCKS_MAX = 64

/**
 * The next request of an object of `size` bytes: whole blocks of which no leaf is `had`, at most `blockMax` each (a power
 * of two) and `bytes` together, or one leaf. Where the first leaf that is not had stands in a block that came in part,
 * smaller blocks, and of such parts alone. Undefined: all are had.
 */
export function nextAsk(
  size: number,
  had: (leaf: number) => boolean,
  blockMax: number,
  bytes: number,
): Ask | undefined {
  const count = Math.ceil(size / LEAF_BYTES)
  let per = blockMax / LEAF_BYTES
  while (per > 1 && per * LEAF_BYTES > bytes) per /= 2
  const untouched = (at: number, step: number): boolean => {
    const from = at - (at % step)
    for (let leaf = from; leaf < Math.min(count, from + step); leaf++) if (had(leaf)) return false
    return true
  }
  let missing = 0
  while (missing < count && had(missing)) missing++
  if (missing === count) return undefined
  let step = per
  while (!untouched(missing, step)) step /= 2
  const first = Math.floor(missing / step)
  const bitmap = new Uint8Array(BLOCKS_MAX / 8)
  const leaves = new Set<number>()
  let [asked, last] = [0, 0]
  for (let bit = 0; bit < BLOCKS_MAX; bit++) {
    const at = (first + bit) * step
    if (at >= count || (bit > 0 && asked + step * LEAF_BYTES > bytes)) break
    if (!untouched(at, step) || (step < per && untouched(at, per))) continue
    asked += step * LEAF_BYTES
    bitmap[bit >> 3] = (bitmap[bit >> 3] as number) | (1 << (bit & 7))
    for (last = at; last < Math.min(count, at + step); last++) leaves.add(last)
  }
  return {
    blockBytes: step * LEAF_BYTES,
    first,
    bitmap,
    bytes: asked,
    leaves,
    last: last - 1,
  }
}
