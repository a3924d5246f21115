#!/usr/bin/env node
// The `shuaka` command: its words stand in cli.ts.
import { fileURLToPath } from 'node:url'
import { register } from 'tsx/esm/api'

register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) })
const { main } = await import('./cli.ts')
process.exitCode = await main(process.argv.slice(2))
