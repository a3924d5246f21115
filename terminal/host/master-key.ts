import type { Pos } from '../pos.ts'

/** Why this terminal may do no business (J05): its case was opened, its memory is damaged, or nobody has loaded its master key. */
export type KeyFault = 'tampered' | 'secureDamaged' | 'noMasterKey'

/** What is wrong with the keys as they are now; undefined: nothing. */
export function keyFault(pos: Pos): KeyFault | undefined {
  const { masterKey, tampered, damaged } = pos.device.secure.slot(pos.setup.keySlot)
  if (tampered) return 'tampered'
  if (damaged) return 'secureDamaged'
  return masterKey === undefined ? 'noMasterKey' : undefined
}
