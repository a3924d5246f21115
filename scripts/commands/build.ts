import type { Command } from 'commander'

interface Options {
  readonly force?: boolean
  readonly json?: boolean
}

export function addBuild(program: Command): void {
  program
    .command('build')
    .allowExcessArguments(false)
    .summary('the bundle of the terminal, and the pages of emulator and host')
    .description(
      'Builds the bundle of the terminal, with a report of its size, and the pages of emulator and host.',
    )
    .option('--force', 'also what is newer than its sources')
    .option('--json', 'the report as one JSON document')
    .action(async ({ force = false, json = false }: Options) => {
      const { build } = await import('../build.ts')
      const { sizeTable } = await import('../bundle/size.ts')
      const { buildHostPage, buildPage, HOST_PAGE_FOLDER, PAGE_FOLDER } = await import('../build-page.ts')
      const report = await build({ force })
      const pageBuilt = await buildPage(force)
      const hostPageBuilt = await buildHostPage(force)
      if (json) {
        const pages = { page: PAGE_FOLDER, pageBuilt, hostPage: HOST_PAGE_FOLDER, hostPageBuilt }
        console.log(JSON.stringify({ ...report, ...pages }, null, 2))
        return
      }
      const state = (built: boolean): string => (built ? 'built' : 'up to date')
      console.log(`${report.file}: ${state(report.built)}`)
      console.log(sizeTable(report))
      if (report.update !== undefined) {
        console.log('update.js, the download engine:')
        console.log(sizeTable(report.update))
      }
      console.log(`program.js, both in one: ${report.programBytes} bytes`)
      console.log(`boot.js, the first stage: ${report.bootBytes} bytes`)
      console.log(`${PAGE_FOLDER}: ${state(pageBuilt)}`)
      console.log(`${HOST_PAGE_FOLDER}: ${state(hostPageBuilt)}`)
    })
}
