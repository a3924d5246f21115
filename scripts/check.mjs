// `npm run check`: types, lint, format and the tree, without running a test.
import { register } from 'tsx/esm/api'

register()
const { main } = await import('./test-run/main.ts')
process.exitCode = await main('check', process.argv.slice(2))
