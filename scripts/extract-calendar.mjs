// Writes regions/guangxi/calendar/<year>.yaml from the npm package chinese-days, with Guangxi's own two days off added.
//
//   mkdir /tmp/extract && cd /tmp/extract && npm init -y && npm install chinese-days@1.5.7
//   node <repository>/scripts/extract-calendar.mjs /tmp/extract <repository>/regions/guangxi/calendar 2024 2025 2026
//
// Guangxi's 三月三 (third day of the third lunar month and the day after) is in no national table. Its days are derived from the
// lunar date and marked provisional: which weekdays replace them when they meet a weekend is announced each year by the region.
// A year for which the package has no make-up day is refused, because it would silently count as plain weekdays.
import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder, output, ...years] = process.argv.slice(2)
if (!folder || !output || years.length === 0) {
    console.error('usage: extract-calendar.mjs <folder with node_modules> <calendar folder> <year>...')
    process.exit(2)
}
const root = join(folder, 'node_modules', 'chinese-days')
const table = JSON.parse(readFileSync(join(root, 'dist', 'chinese-days.json'), 'utf8'))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { getLunarDate } = createRequire(import.meta.url)(join(root, 'dist', 'index.min.js'))

const day_ms = 86400000
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const iso = (time) => new Date(time).toISOString().slice(0, 10)

/** Midnight (UTC) of the third day of the third lunar month; leap months do not count. */
function third_of_third(year) {
    for (let time = Date.UTC(year, 2, 1); time < Date.UTC(year, 5, 1); time += day_ms) {
        const lunar = getLunarDate(iso(time))
        if (lunar.lunarMon === 3 && lunar.lunarDay === 3 && !lunar.isLeap) return time
    }
    throw new Error(`no third of the third lunar month in ${year}`)
}

/** One list line per month, so that a reader can compare it with the announcement. */
function by_month(days) {
    const months = new Map()
    for (const day of days) months.set(day.slice(0, 2), [...(months.get(day.slice(0, 2)) ?? []), day])
    return [...months.values()].map((list) => `    ${list.map((day) => `"${day}"`).join(', ')},`)
}

for (const year of years) {
    const of_year = (name) => Object.keys(table[name]).filter((day) => day.startsWith(year))
    const holidays = of_year('holidays').map((day) => day.slice(5))
    const workdays = of_year('workdays').map((day) => day.slice(5))
    if (holidays.length === 0 || workdays.length === 0) throw new Error(`no national table for ${year}`)

    const first = third_of_third(Number(year))
    const own = [first, first + day_ms]
    const named = own.map((time) => `${iso(time)} ${weekdays[new Date(time).getUTCDay()]}`).join(', ')
    for (const time of own) if (!holidays.includes(iso(time).slice(5))) holidays.push(iso(time).slice(5))
    const touches_weekend = own.some((time) => [0, 6].includes(new Date(time).getUTCDay()))

    const lines = [
        `# Days off and make-up working days of ${year}. Made by scripts/extract-calendar.mjs from npm ${manifest.name}`,
        `# ${manifest.version} (${manifest.license}): the yearly announcement of the State Council's general office. Days not named follow the week.`,
        `# provisional: yes, for Guangxi's own two days 三月三 (${named}):`,
        '# derived from the lunar calendar as the third day of the third month and the day after, not read in an announcement.',
    ]
    if (touches_weekend) {
        lines.push('# One of them meets a weekend; whether a weekday is given instead is not known, so none is entered. Check the region\'s')
        lines.push('# announcement and add the replacing day here.')
    }
    lines.push(`year: ${year}`)
    lines.push(`source: 国务院办公厅关于${year}年部分节假日安排的通知 (npm ${manifest.name} ${manifest.version}); 三月三 derived`)
    lines.push('holidays: [', ...by_month(holidays.sort()), ']')
    lines.push('workdays: [', ...by_month(workdays.sort()), ']')
    writeFileSync(join(output, `${year}.yaml`), lines.join('\n') + '\n')
    console.log(`${year}: ${holidays.length} days off, ${workdays.length} make-up days, 三月三 ${named}`)
}
