import type { LayerFinding, LayerName } from '../api-parameters.ts'
import { layerText, layerWords } from './layer.ts'

/** What can be wrong, and what of it is said. `detail` never has a value of a parameter in it. */
// biome-ignore format: one row a problem
const words: { readonly [P in LayerFinding['problem']]: { readonly zh: (detail: string) => string; readonly en: (detail: string) => string } } = {
  unknown:          { zh: ()       => '没有此参数',               en: ()       => 'there is no such parameter'            },
  value:            { zh: (wanted) => `值不合要求: ${wanted}`,    en: (wanted) => `must be ${wanted}`                     },
  locked:           { zh: (by)     => `已被 ${by} 层锁定`,        en: (by)     => `is locked by the layer ${by}`          },
  lockWithoutValue: { zh: ()       => '锁定的参数须在本层有值',   en: ()       => 'is locked but has no value in this layer' },
  variable:         { zh: (which)  => `变量没有值: ${which}`,     en: (which)  => `the variable has no value: ${which}`   },
  name:             { zh: (why)    => `名称不合要求: ${why}`,     en: (why)    => `the name is wrong: ${why}`             },
  size:             { zh: (why)    => `过大: ${why}`,             en: (why)    => `too large: ${why}`                     },
  flagged:          { zh: (by)     => `被 ${by} 层锁定, 不生效`,  en: (by)     => `does not count, the layer ${by} locked it` },
}

/** A finding that names layer and key. */
export function finding(
  layer: LayerName,
  key: string,
  problem: LayerFinding['problem'],
  detail: string,
): LayerFinding {
  const { zh, en } = words[problem]
  const where = key === '' ? '' : `${key} `
  const name = layer.name === '' ? '' : ` ${layer.name}`
  return {
    layer,
    key,
    problem,
    zh: `${layerWords[layer.kind].zh}层${name}: ${where}${zh(detail)}`,
    en: `layer ${layerText(layer)}: ${where}${en(detail)}`,
  }
}
