import type { CallName } from '../api.ts'
import { reportHandlers } from './api-audit.ts'
import { commandHandlers } from './api-commands.ts'
import { deploymentHandlers } from './api-deployments.ts'
import type { Handlers } from './api-face.ts'
import { groupHandlers } from './api-groups.ts'
import { layerHandlers } from './api-layers.ts'
import { peopleHandlers } from './api-people.ts'
import { releaseHandlers } from './api-releases.ts'
import { rootHandlers } from './api-roots.ts'
import { terminalHandlers } from './api-terminals.ts'

/** Every request of the API, each once: a row of `routes` without one here does not compile. */
export const handlers: Handlers<CallName> = {
  ...terminalHandlers,
  ...groupHandlers,
  ...releaseHandlers,
  ...rootHandlers,
  ...deploymentHandlers,
  ...layerHandlers,
  ...commandHandlers,
  ...peopleHandlers,
  ...reportHandlers,
}
