import type { Chapter } from './chapter.ts'
import { memberCard } from './member-card.ts'
import { morning } from './morning.ts'
import { office } from './office.ts'
import { mistakes, outages } from './trouble.ts'
import { undoing } from './undoing.ts'

/** The book. The lists of messages and codes stand at the end of the last but one, 出错了怎么办. */
export const chapters: readonly Chapter[] = [
  ...morning,
  ...undoing,
  ...memberCard,
  ...office,
  mistakes,
  outages,
]
