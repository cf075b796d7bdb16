// Goal: the places agree with a second, independent source, so that a slip of one package is seen.
//
//   mkdir /tmp/extract && cd /tmp/extract && npm init -y && npm install @vant/area-data@2.1.0
//   node <repository>/tests/regions/check_places.mjs /tmp/extract <repository>/regions/guangxi/places.yaml
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [folder, file] = process.argv.slice(2)
if (!folder || !file) {
    console.error('usage: check_places.mjs <folder with node_modules> <places.yaml>')
    process.exit(2)
}
const { areaList } = createRequire(join(folder, 'package.json'))('@vant/area-data')
const second = new Map()
for (const list of [areaList.province_list, areaList.city_list, areaList.county_list]) {
    for (const [code, name] of Object.entries(list)) if (code.startsWith('45')) second.set(code, name)
}

const first = new Map()
const line = /^ {2}- \{code: "(\d{6})", level: (region|city|county), name: \{zh: ([^,]+), en: [^}]+\}\}$/
for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (!text.startsWith('  - ')) continue
    const parts = text.match(line)
    if (!parts) throw new Error(`not a place: ${text}`)
    first.set(parts[1], parts[3])
}

const faults = []
for (const [code, name] of first) {
    if (second.get(code) !== name) faults.push(`${code}: ${name} here, ${second.get(code)} there`)
}
for (const [code, name] of second) if (!first.has(code)) faults.push(`${code} ${name}: only there`)
if (first.size !== 126) faults.push(`${first.size} places instead of 126`)
if (faults.length > 0) {
    console.error(faults.join('\n'))
    process.exit(1)
}
console.log(`${first.size} places agree with @vant/area-data`)
