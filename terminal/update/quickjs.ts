import { updateProgram } from './program.ts'

/**
 * The second and last script of a program: the download engine. It starts the application that the first has left, and puts
 * what the runtime looks at beside it: `application.running`. Where that is there already, all of this script is passed over
 * (`rollup.config.mjs`): a terminal that downloads nothing has the heap of the engine for itself.
 */
const { application } = globalThis as unknown as { readonly application: typeof import('../quickjs.ts') }

// The runtime sees a rejection as the end of the application, and restarts it.
Object.assign(application, { running: application.start(updateProgram) })
