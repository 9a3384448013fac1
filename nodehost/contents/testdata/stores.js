'use strict'

// Stores for the tests, by options.kind. Each holds options.values.

const text = key => Buffer.from(key)

// level is a database like npm's classic-level, with some of its ways to list keys.
function level (values, ...lists) {
  const keys = Object.keys(values)
  const db = {
    get: async key => values[key],
    put: async () => {},
    keys: async function * () { yield * keys },
    createKeyStream: () => require('stream').Readable.from(keys.map(text)),
    createReadStream: () => require('stream').Readable.from(keys.map(key => ({ key: text(key), value: values[key] }))),
    iterator: () => {
      let at = 0
      return { next: callback => setImmediate(() => at < keys.length ? callback(null, text(keys[at++]), 'x') : callback()), end: () => {} }
    }
  }
  for (const name of ['keys', 'createKeyStream', 'createReadStream', 'iterator']) if (!lists.includes(name)) delete db[name]
  return db
}

// redis is a client of Redis. It puts a prefix before keys, but not before patterns.
function redis (values, prefix, kind) {
  const matches = pattern => {
    const begin = pattern.slice(0, -1).replace(/\\(.)/g, '$1')
    return Object.keys(values).filter(key => key.startsWith(begin))
  }
  const page = (cursor, pattern) => {
    const found = matches(pattern)
    const next = Number(cursor) + 2
    return [String(next < found.length ? next : 0), found.slice(Number(cursor), next)]
  }
  const client = {
    options: { keyPrefix: prefix },
    get: async key => { const value = values[prefix + key]; return value === undefined ? null : value },
    set: async () => {}
  }
  if (kind === 'promises') client.scan = async (cursor, match, pattern) => page(cursor, pattern)
  if (kind === 'callbacks') client.scan = (cursor, match, pattern, count, n, callback) => setImmediate(callback, null, page(cursor, pattern))
  if (kind === 'iterator') client.scanIterator = async function * ({ MATCH }) { yield matches(MATCH) }
  if (kind === 'keys') client.keys = async pattern => matches(pattern)
  if (kind === 'cluster') {
    const all = Object.entries(values)
    client.isCluster = true
    client.scan = () => { throw new Error('which node?') }
    client.nodes = () => [0, 1].map(n => redis(Object.fromEntries(all.filter((_, i) => i % 2 === n)), prefix, 'promises'))
  }
  return client
}

class Store {
  constructor (options, api) {
    console.log('printed', process.env.ALLOWED || 'no variable', Object.keys(process.env).length)
    this.values = options.values
    const [what, ...rest] = options.kind.split(' ')
    if (what === 'throws') throw new Error('no disk')
    if (what === 'dies') setImmediate(() => { throw new TypeError('gone') })
    if (what === 'level') this.db = level(options.values, ...rest)
    if (what === 'redis') this._client = redis(options.values, options.prefix || '', rest[0])
    if (what === 'late') this.later = () => { this.db = level(options.values, 'keys') }
    if (what === 'broken') {
      this.db = level(options.values, 'keys', 'createKeyStream')
      this.db.keys = () => { throw new Error('not open') }
    }
    if (what === 'own') this[rest[0]] = () => rest[0] === 'keys' ? Object.keys(options.values) : Object.entries(options.values)
    if (what === 'map') this.map = new Map(Object.entries(options.values))
    if (what === 'silent' || what === 'dies') this.get = () => new Promise(() => {})
    if (what === 'prefixed') Object.assign(this, { _prefix: options.prefix, db: level(options.values, 'keys') })
    if (what === 'quits') this.keys = async function * () { yield 'a'; yield 'b'; process.exit(3) }
  }

  async get (key) {
    if (this.later) { this.later(); this.later = null }
    if (this._client) return this._client.get(key)
    const value = this.values[(this._prefix || '') + key]
    if (value === '!notFound') throw Object.assign(new Error('none'), { notFound: true })
    if (value === '!fails') throw new Error('bad sector')
    if (value === '!big') return 'x'.repeat(16 << 20)
    if (value === '!function') return () => {}
    return value
  }

  async put () {}
  async del () {}
}

module.exports = { default: Store }
