import { PLACES } from './places.ts'
import { serviceSuite } from './service-suite.ts'

serviceSuite(PLACES.filter(({ database }) => database === 'sqlite'))
