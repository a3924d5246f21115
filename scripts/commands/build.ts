import type { Command } from 'commander'

interface Options {
  readonly force?: boolean
  readonly json?: boolean
}

export function addBuild(program: Command): void {
  program
    .command('build')
    .allowExcessArguments(false)
    .summary('the bundle of the terminal, and the page of the emulator')
    .description(
      'Builds the bundle of the terminal, with a report of its size, and the page of the emulator.',
    )
    .option('--force', 'also what is newer than its sources')
    .option('--json', 'the report as one JSON document')
    .action(async ({ force = false, json = false }: Options) => {
      const { build } = await import('../build.ts')
      const { sizeTable } = await import('../bundle/size.ts')
      const { buildPage, PAGE_FOLDER } = await import('../build-page.ts')
      const report = await build({ force })
      const pageBuilt = await buildPage(force)
      if (json) {
        console.log(JSON.stringify({ ...report, page: PAGE_FOLDER, pageBuilt }, null, 2))
        return
      }
      const state = (built: boolean): string => (built ? 'built' : 'up to date')
      console.log(`${report.file}: ${state(report.built)}`)
      console.log(sizeTable(report))
      console.log(`${PAGE_FOLDER}: ${state(pageBuilt)}`)
    })
}
