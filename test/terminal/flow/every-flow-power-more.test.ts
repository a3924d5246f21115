import { everyCut } from '../../rig/day/cutting.ts'
import { stories } from '../../rig/day/stories.ts'

// The other half of the stories is in every-flow-power.test.ts.
everyCut(stories.filter((_, at) => at % 2 === 1))
