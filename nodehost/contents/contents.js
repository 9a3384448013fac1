'use strict'

// Reads what a store of the reference holds, for a process that takes it over. Such a store can get the
// value of a key, and does not say which keys it has. So we ask what it is made of.
//
// In: a line of JSON at stdin. When stdin ends, so do we.
//
//   {"file": "/srv/ilp/node_modules/ilp-store-x/index.js", "options": {...}, "keys": ["alicechannel", ...]}
//
// keys is there if the operator says which keys there are. Out: lines of JSON at stdout, one of
//
//   {"by": "..."}                 first: how we know the keys
//   {"key": "...", "value": ...}  an entry
//   {"key": "...", "missing": true}
//   {"key": "...", "problem": "why it cannot be read"}
//   {}                            we are still looking
//   {"end": true}                 last: there is no more
//   {"fatal": "...", "unlistable": true}
//
// We wait while what was written is not read. What the module prints goes to stderr.

const KEY_MAX = 1 << 12
const VALUE_MAX = 16 << 20 // of the JSON, in bytes
const FIRST_GET = 'ilp-connector' // a key that no plugin has

const write = process.stdout.write.bind(process.stdout)
process.stdout.write = process.stderr.write.bind(process.stderr)

function say (message) {
  const room = write((typeof message === 'string' ? message : JSON.stringify(message)) + '\n')
  return room ? undefined : new Promise(resolve => process.stdout.once('drain', resolve))
}

// -------------------------------------------------------------- 1. the store

// load returns the constructor of a store, as the reference finds it.
function load (file) {
  const exported = require(file)
  if (exported && typeof exported === 'object' && typeof exported.default === 'function') return exported.default
  if (typeof exported === 'function') return exported
  throw new TypeError('store does not export a constructor. module=' + file)
}

// has reports whether a thing has methods of these names.
function has (thing, ...names) {
  try {
    return thing !== null && (typeof thing === 'object' || typeof thing === 'function') && names.every(name => typeof thing[name] === 'function')
  } catch (err) {
    return false
  }
}

// isLevel reports whether a thing is a database like LevelDB.
function isLevel (thing) {
  return has(thing, 'get', 'put') && LEVEL_LISTS.some(name => has(thing, name))
}

// isRedis reports whether a thing is a client of Redis. A Map has similar methods. It may be a mere cache.
function isRedis (thing) {
  return !(thing instanceof Map) && has(thing, 'get') && (has(thing, 'scan') || has(thing, 'scanIterator') || has(thing, 'set', 'keys'))
}

// -------------------------------------------------------------- 2. its keys

const LEVEL_LISTS = ['keys', 'createKeyStream', 'iterator', 'createReadStream']

// listings returns the ways to list the keys of a store, best first.
function listings (store) {
  const all = []
  const lists = (thing, names, of) => {
    for (const name of names) {
      if (has(thing, name)) all.push({ by: `${name}() of ${of}`, keys: () => iterate(thing[name]()), prefixes: prefixesOf(store) })
    }
  }
  const redis = (client, of) => {
    all.push({ by: `the Redis client ${of}`, keys: () => scan(client, prefixesOf(client, store)[0] || ''), prefixes: prefixesOf(client, store) })
  }
  const own = Object.getOwnPropertyNames(store).map(name => {
    try {
      return [name, store[name]]
    } catch (err) {
      return [name, undefined]
    }
  })
  if (isRedis(store)) redis(store, 'that the store is')
  else lists(store, ['keys', 'entries', 'iterator'], 'the store')
  for (const [name, thing] of own) if (isLevel(thing)) lists(thing, LEVEL_LISTS, `the database ${name} of the store`)
  for (const [name, thing] of own) if (isRedis(thing)) redis(thing, `${name} of the store`)
  return all
}

// prefixesOf returns what things say that they put before each key.
function prefixesOf (...things) {
  const all = []
  for (const thing of things) {
    for (const from of [thing.options, thing.opts, thing]) {
      if (from === null || typeof from !== 'object') continue
      for (const name of ['keyPrefix', '_keyPrefix', 'prefix', '_prefix']) {
        if (typeof from[name] === 'string' && from[name] !== '' && !all.includes(from[name])) all.push(from[name])
      }
    }
  }
  return all
}

// iterate yields the keys of what a method has returned: keys, pairs, or objects with a key.
async function * iterate (returned) {
  const list = await returned
  if (list === null || typeof list !== 'object') throw new TypeError('it lists nothing')
  if (list[Symbol.asyncIterator] || list[Symbol.iterator]) {
    for await (const item of list) yield keyOf(item)
    return
  }
  if (!has(list, 'next')) throw new TypeError('it lists nothing')
  for (;;) { // an iterator of older databases, which calls back
    const item = await new Promise((resolve, reject) => {
      const promise = list.next((err, key) => err ? reject(err) : resolve(key))
      if (has(promise, 'then')) promise.then(resolve, reject)
    })
    if (item === undefined || item === null) return
    yield keyOf(item)
  }
}

function keyOf (item) {
  if (Array.isArray(item)) item = item[0]
  else if (item !== null && typeof item === 'object' && !Buffer.isBuffer(item) && !(item instanceof Uint8Array)) item = item.key
  return item instanceof Uint8Array ? Buffer.from(item).toString() : String(item)
}

// scan yields the keys of Redis that begin with a prefix, and undefined if there was none for a while.
async function * scan (client, prefix) {
  if (client.isCluster && has(client, 'nodes')) { // each node has some of the keys
    for (const node of client.nodes('master')) yield * scan(node, prefix)
    return
  }
  const MATCH = prefix.replace(/[\\*?[\]]/g, '\\$&') + '*'
  if (has(client, 'scanIterator')) {
    for await (const found of client.scanIterator({ MATCH, COUNT: 1000 })) yield * [].concat(found).map(String)
    return
  }
  if (!has(client, 'scan')) {
    yield * (await called(client, 'keys', MATCH)).map(String)
    return
  }
  let cursor = '0'
  do {
    const [next, found] = await called(client, 'scan', cursor, 'MATCH', MATCH, 'COUNT', 1000)
    yield undefined
    yield * found.map(String)
    cursor = String(next)
  } while (cursor !== '0')
}

// called calls a method that calls back, or returns a promise, or does both.
function called (thing, method, ...args) {
  return new Promise((resolve, reject) => {
    const promise = thing[method](...args, (err, result) => err ? reject(err) : resolve(result))
    if (has(promise, 'then')) promise.then(resolve, reject)
  })
}

// -------------------------------------------------------------- 3. its values

// names returns the keys by which a store may know one that was listed: without what stands before it, if
// the store puts that there by itself.
function names (key, prefixes) {
  const all = [key]
  for (const prefix of prefixes) {
    for (const name of all.slice()) {
      if (name.startsWith(prefix) && name.length > prefix.length) all.unshift(name.slice(prefix.length))
    }
  }
  return all
}

// get returns the value of a key, undefined if there is none.
async function get (store, key) {
  try {
    const value = await store.get(key)
    return value === null ? undefined : value
  } catch (err) {
    if (err && (err.notFound || err.code === 'LEVEL_NOT_FOUND')) return undefined
    throw err
  }
}

// entry returns the line about a key.
async function entry (store, key, prefixes) {
  if (Buffer.byteLength(key) > KEY_MAX) return { key: key.slice(0, 100), problem: `the key has more than ${KEY_MAX} bytes` }
  let name = key
  try {
    let value
    for (name of names(key, prefixes)) {
      value = await get(store, name)
      if (value !== undefined) break
    }
    if (value === undefined) return { key, missing: true }
    const text = JSON.stringify(value)
    if (text === undefined) return { key: name, problem: 'the value is no JSON' }
    if (Buffer.byteLength(text) > VALUE_MAX) return { key: name, problem: `the value has more than ${VALUE_MAX} bytes` }
    return `{"key":${JSON.stringify(name)},"value":${text}}`
  } catch (err) {
    return { key: name, problem: reason(err) }
  }
}

function reason (err) {
  return String((err && err.message) || err).slice(0, 500)
}

// -------------------------------------------------------------- 4. all of it

async function read ({ file, options, keys }) {
  const store = new (load(file))(options, {})
  if (!has(store, 'get')) throw new TypeError('the store has no method get')
  if (keys) {
    await say({ by: 'the file of keys' })
    for (const key of keys) await say(await entry(store, key, []))
    return
  }
  await get(store, FIRST_GET).catch(() => {}) // a store may make its database only now
  const refusals = []
  for (const { by, keys, prefixes } of listings(store)) {
    let begun = false
    try {
      for await (const key of keys()) {
        if (!begun) await say({ by })
        begun = true
        await say(key === undefined ? {} : await entry(store, key, prefixes))
      }
      if (!begun) await say({ by })
      return
    } catch (err) {
      if (begun) throw err
      refusals.push(`${by}: ${reason(err)}`)
    }
  }
  const err = new Error(refusals.join('; ') || 'it has no method that lists keys, and neither a database nor a Redis client that we know')
  err.unlistable = true
  throw err
}

let input = ''
process.stdin.setEncoding('utf8').on('end', () => process.exit(0)).on('data', text => {
  if (input === null) return
  input += text
  if (!text.includes('\n')) return
  const asked = JSON.parse(input)
  input = null
  read(asked).then(() => say({ end: true }), err => say({ fatal: reason(err), unlistable: !!(err && err.unlistable) }))
})
