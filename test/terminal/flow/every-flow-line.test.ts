import { everyFault } from '../../rig/day/line-faults.ts'
import { stories } from '../../rig/day/stories.ts'

// The other half of the stories is in every-flow-line-more.test.ts, so that two processes share the work.
everyFault(stories.filter((_, at) => at % 2 === 0))
