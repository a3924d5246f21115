// `npm test`: every check and every test, on any machine. What it does stands in test-run/main.ts.
import { register } from 'tsx/esm/api'

register()
const { main } = await import('./test-run/main.ts')
process.exitCode = await main('test', process.argv.slice(2))
