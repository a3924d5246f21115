import type { Life, Port } from './port.ts'
import { holds, pattern, same, type Vector, vector, within } from './vector.ts'

const BLOCK_BYTES = 2_048
/** What the engine keeps beside the bytes of a block: two objects and their parts. */
const BESIDE_BYTES = 256
/** More blocks than any heap of this class of device has. */
const BLOCKS_MAX = 32_768
/**
 * How far from the declared heap the last block may end, in bytes: what a block does not fill, the allocator's own pages,
 * and what was free in pieces too small for one.
 */
const SLACK_BYTES = 160 * 1024

/** Fills the heap, and notes each block: the last note is what there was. */
function fill(life: Life): never {
  const blocks: Uint8Array[] = []
  for (let count = 0; count < BLOCKS_MAX; count++) {
    blocks.push(new Uint8Array(BLOCK_BYTES))
    life.keep(count + 1)
  }
  throw new RangeError(`${blocks.length} blocks, and no end`)
}

function lifeOf({ life }: Port): Life {
  if (life === undefined) throw new RangeError('the rig starts no run again')
  return life
}

// biome-ignore format: one vector a paragraph
export const memoryVectors: readonly Vector[] = [
  vector('memory.full', 'a full heap ends the run, whatever the program would catch, and the next one has a heap again', async (port) => {
    const life = lifeOf(port)
    await life.ends('crash', 'a full heap', () => {
      try {
        fill(life)
      } catch {
        // whoever goes on here has half a program: an allocation that failed may have been anybody's
      }
    })
    holds(life.note > 0, 'not one block was had')
    const again = new Uint8Array(BLOCK_BYTES)
    same(again.length, BLOCK_BYTES, 'a block in the next run')
    same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'timeout' }, 'the device in the next run')
  }, 'life'),
  vector('memory.full.strings', 'so does a heap full of text, and of small objects', async (port) => {
    const life = lifeOf(port)
    await life.ends('crash', 'a heap full of text', () => {
      const texts: string[] = []
      for (let count = 0; count < 1_000_000; count++) texts.push(`${count} is a text of its own, and not short`.repeat(3))
      return texts
    })
    await life.ends('crash', 'a heap full of objects', () => {
      let chain: object = {}
      for (let count = 0; count < 10_000_000; count++) chain = { chain }
      return chain
    })
  }, 'life'),
  vector('memory.given', 'the heap given is the heap declared', async (port) => {
    const life = lifeOf(port)
    const { heap } = port.rig
    if (heap === undefined) throw new RangeError('the rig cannot tell the heap')
    const { limit, used } = await heap()
    await life.ends('crash', 'a full heap', () => fill(life))
    const had = used + life.note * (BLOCK_BYTES + BESIDE_BYTES)
    holds(had <= limit + SLACK_BYTES && had >= limit - SLACK_BYTES, `${had} of ${limit} bytes were had`)
  }, 'life', 'heap'),
  vector('memory.returned', 'what nobody holds any more is given again, without end', async (port) => {
    let sum = 0
    for (let count = 0; count < 400; count++) sum += pattern(8 * BLOCK_BYTES).length
    same(sum, 3_200 * BLOCK_BYTES, 'bytes had in all')
    for (let count = 0; count < 20; count++) {
      const { length } = port.device.secure.hash(pattern(4096))
      same(length, 32, 'hash')
    }
  }),
  vector('memory.cycles', 'rings of objects that nobody holds are found', async (port) => {
    for (let round = 0; round < 200; round++) {
      for (let count = 0; count < 200; count++) {
        const ring: { other?: object; bytes: Uint8Array } = { bytes: pattern(200) }
        ring.other = { ring }
      }
      if (round % 20 === 0) await port.rig.pass(1)
    }
    same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'timeout' }, 'the device after it')
  }, 'life'),
  vector('memory.large', 'values of the largest size cross without filling the heap', async ({ device: { secure, flash } }) => {
    for (let count = 0; count < 10; count++) same(secure.hash(pattern(65_536)).length, 32, 'hash')
    const { sectorBytes } = flash.geometry()
    for (let count = 0; count < 20; count++) same(flash.read(0, 2 * sectorBytes).length, 2 * sectorBytes, 'read')
  }),
]
