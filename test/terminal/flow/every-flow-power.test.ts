import { everyCut } from '../../rig/day/cutting.ts'
import { stories } from '../../rig/day/stories.ts'

// The other half of the stories is in every-flow-power-more.test.ts, so that two processes share the work.
everyCut(stories.filter((_, at) => at % 2 === 0))
