// Runs a WASI program that reads the files named: node wasi.mjs PROGRAM WORDS…
import { readFileSync } from 'node:fs'
import { WASI } from 'node:wasi'

const [program = '', ...words] = process.argv.slice(2)
const wasi = new WASI({
  version: 'preview1',
  args: ['replay', ...words],
  preopens: { '/': '/' },
  returnOnExit: true,
})
const { instance } = await WebAssembly.instantiate(readFileSync(program), wasi.getImportObject())
process.exitCode = wasi.start(instance)
