// The yardstick of the page benchmark: the entry page as a Node team would write it. The same row by id
// from the same SQLite file (better-sqlite3), its owner and history, the same mustache templates.
//
//     node server.mjs DATABASE PAGES_FOLDER PORT [PROCESSES]
//
// It is given every advantage: no rate limit, no session, no access log, labels and navigation prepared
// beforehand, templates parsed once, and no matches are looked up.
import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import Database from 'better-sqlite3'
import mustache from 'mustache'

const [file, pages, port, processes = '1'] = process.argv.slice(2)

function serve() {
  const database = new Database(file, { readonly: true })
  const findEntry = database.prepare('select id, kind, state, owner, place, title, body, published_at, valid_until, updated_at, is_sample from catalog_entry where id = ?')
  const findOwner = database.prepare('select id, name, place from party_organisation where id = ?')
  const findHistory = database.prepare('select at, action from change_log where subject = ? order by seq')
  const entryTemplate = readFileSync(`${pages}/entry.mustache`, 'utf8')
  const layoutTemplate = readFileSync(`${pages}/layout.mustache`, 'utf8')
  mustache.parse(entryTemplate)
  mustache.parse(layoutTemplate)
  const translate = () => (key) => key
  const common = {
    language: 'zh-CN', now: '', build: '1', region: '广西', sample: true, signed_in: false,
    languages: ['zh-CN', 'zh-TW', 'en'].map((tag) => ({ tag, name: tag, link: `?lang=${tag}`, current: tag === 'zh-CN' }))
  }
  const dateText = (microseconds) => microseconds === null ? '' : new Date(microseconds / 1000 + 8 * 3600e3).toISOString().slice(0, 10)
  const plain = (value) => {
    if (value === null || typeof value !== 'object') return String(value)
    if (Array.isArray(value)) return value.map(plain).join('、')
    const first = value.zh ?? Object.values(value)[0]
    return first?.text ?? JSON.stringify(value)
  }

  function render(id) {
    const row = findEntry.get(id)
    if (row === undefined) return null
    const body = JSON.parse(row.body)
    const owner = findOwner.get(row.owner)
    const parts = []
    for (const [name, value] of Object.entries(body)) {
      if (name === 'title' || name === 'summary') continue
      const columns = Array.isArray(value) && typeof value[0] === 'object'
        ? Object.keys(value[0]).map((label) => ({ label })) : null
      if (columns) parts.push({ label: name, is_table: true, columns, rows: value.map((item) => ({ cells: columns.map(({ label }) => ({ label, text: item[label] })) })) })
      else if (Array.isArray(value)) parts.push({ label: name, is_words: true, words: value.map((text) => ({ text, encoded: encodeURIComponent(text) })) })
      else parts.push({ label: name, is_text: true, text: plain(value) })
    }
    const view = {
      t: translate, common, id, kind: row.kind, kind_title: row.kind, title: plain(body.title ?? row.title),
      summary: body.summary === undefined ? '' : plain(body.summary), parts, matches_title: 'matches',
      has_matches: false, card: body.card, card_name: body.card, sample: row.is_sample === 1,
      history: findHistory.all(id).map(({ at, action }) => ({ iso: new Date(at / 1000).toISOString(), at: dateText(at), text: action })),
      side: [
        { label: 'state', text: row.state }, { label: 'owner', text: owner?.name ?? '', link: `/organisations/${row.owner}` },
        { label: 'place', text: row.place }, { label: 'published', text: dateText(row.published_at) },
        { label: 'valid', text: dateText(row.valid_until) }
      ],
      can_contact: row.state === 'published'
    }
    view.body = mustache.render(entryTemplate, view)
    return mustache.render(layoutTemplate, view)
  }

  const server = Fastify({ logger: false })
  server.get('/entries/:id', (request, reply) => {
    const page = render(request.params.id)
    if (page === null) return reply.code(404).type('text/plain').send('not found')
    return reply.type('text/html; charset=utf-8').send(page)
  })
  server.listen({ host: '127.0.0.1', port: Number(port), backlog: 511 })
}

if (cluster.isPrimary && Number(processes) > 1) {
  for (let i = 0; i < Number(processes); ++i) cluster.fork()
} else {
  serve()
}
