/** Floors 下限 in the secure element: numbers that no program can lower (`device.secure.floor`). */
// biome-ignore format: one row a floor
export const FLOOR = {
  root:       1, // version of the root; scope: the factory's root
  program:    2, // seq of the release confirmed last; scope of this and the next: keys of the role
  parameters: 3, // seq of the set in force
  order:      4, // seq of the newest order
  epoch:      5, // starts that reported; no scope (NO_SCOPE)
  time:       6, // created of the newest order, to the hour; scope: keys of the director
} as const
/** The floor of the security counter 安全计数下限, and the scope of a floor that belongs to no set of keys. */
export const COUNTER_FLOOR = 0
export const NO_SCOPE = new Uint8Array(4)
