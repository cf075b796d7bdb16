// Writes regions/guangxi/calendar/<year>.yaml from the npm package chinese-days, with Guangxi's own two days off added.
//
//   mkdir /tmp/extract && cd /tmp/extract && npm init -y && npm install chinese-days@1.5.7
//   node <repository>/scripts/extract-calendar.mjs /tmp/extract <repository>/regions/guangxi/calendar 2024 2025 2026
//
// Guangxi's 三月三 (third day of the third lunar month and the day after) is in no national table. Its days are derived from the
// lunar date and marked provisional: which weekdays replace them when they meet a weekend is announced each year by the region.
// `statutory.yaml` beside them holds what the law itself fixes, for years that are not announced yet: days of every year, and days by
// the lunar calendar and 清明 (taken from the package) of this year and the ten after it.
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
const { getLunarDate, getSolarTermDate } = createRequire(import.meta.url)(join(root, 'dist', 'index.min.js'))

const day_ms = 86400000
const pad = (number) => String(number).padStart(2, '0')
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const iso = (time) => new Date(time).toISOString().slice(0, 10)

/** Midnight (UTC) of a day of the lunar year that begins in `year`; leap months do not count. */
function lunar_day(year, month, day) {
    for (let time = Date.UTC(year, 0, 20); time < Date.UTC(year + 1, 1, 21); time += day_ms) {
        const lunar = getLunarDate(iso(time))
        if (lunar.lunarMon === month && lunar.lunarDay === day && !lunar.isLeap) return time
    }
    throw new Error(`no day ${month}/${day} of the lunar year ${year}`)
}
const third_of_third = (year) => lunar_day(year, 3, 3)

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
    // What was reckoned before stays as it was set: a site that already runs learns the table today.
    if (Number(year) > 2026) lines.push(`known_from: ${iso(Date.now())}`)
    lines.push(`source: 国务院办公厅关于${year}年部分节假日安排的通知 (npm ${manifest.name} ${manifest.version}); 三月三 derived`)
    lines.push('holidays: [', ...by_month(holidays.sort()), ']')
    lines.push('workdays: [', ...by_month(workdays.sort()), ']')
    writeFileSync(join(output, `${year}.yaml`), lines.join('\n') + '\n')
    console.log(`${year}: ${holidays.length} days off, ${workdays.length} make-up days, 三月三 ${named}`)
}

const now = new Date().getUTCFullYear()
const dated = []
for (let year = now; year <= now + 10; year += 1) {
    const new_year = lunar_day(year, 1, 1)
    const third = third_of_third(year)
    const days = [-1, 0, 1, 2].map((offset) => new_year + offset * day_ms)
    days.push(third, third + day_ms, lunar_day(year, 5, 5), lunar_day(year, 8, 15))
    const clear_bright = getSolarTermDate(year, 4, 'pure_brightness')
    dated.push([...days.map(iso), clear_bright].sort())
}
writeFileSync(join(output, 'statutory.yaml'), [
    '# Days off that the law itself fixes, for years whose announcement is not out yet. They make a deadline provisional: make-up days are',
    '# missing, and the bridges that the announcement adds. `days` are those of every year; `dated` those by the lunar calendar and 清明:',
    '# 除夕 and the first three days of the first month, 清明, 端午, 中秋, and Guangxi\'s 三月三 with the day after. Made by',
    `# scripts/extract-calendar.mjs; lunar dates by npm ${manifest.name} ${manifest.version} (${manifest.license}).`,
    'source: 全国年节及纪念日放假办法（2024年修订，2025年1月1日施行）第二条；三月三 derived',
    'days: ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"]',
    'dated: [', ...dated.map((days) => `    ${days.map((day) => `"${day}"`).join(', ')},`), ']', ''].join('\n'))
