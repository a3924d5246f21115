import { equalBytes } from '../../keys/equal-bytes.ts'

/** Numbers that never fall, by index; `scope` says under which keys they were counted. */
export const FLOORS = 8
export const FLOOR_SCOPE_BYTES = 4
export const FLOOR_MAX = 2 ** 48 - 1

export interface Floor {
  readonly scope: Uint8Array
  readonly value: number
}
/** Eight of them; undefined where none was raised. */
export type Floors = readonly (Floor | undefined)[]

/** Under another scope a floor is 0. */
export function floorAt(floors: Floors, index: number, scope: Uint8Array): number {
  const floor = floors[index]
  return floor !== undefined && equalBytes(floor.scope, scope) ? floor.value : 0
}

/** `floors` with that one raised; undefined: it is as high already. */
export function raised(floors: Floors, index: number, value: number, scope: Uint8Array): Floors | undefined {
  const floor = floors[index]
  if (floor !== undefined && equalBytes(floor.scope, scope) && floor.value >= value) return undefined
  return Array.from({ length: FLOORS }, (_, at) =>
    at === index ? { scope: scope.slice(), value } : floors[at],
  )
}
