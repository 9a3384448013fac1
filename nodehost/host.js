'use strict'
// The node host of ilp-connector: it hosts npm modules of the world of the JavaScript reference,
// for a connector that is not written in JavaScript. It needs nothing but Node 18.
//
// What stands where, in the order of this file:
//
//   1. frames      the protocol: a length, a type, the number of an object, an id, a body
//   2. requests    calls and packets to the connector, and what they come to
//   3. errors      what modules throw, as the connector and the network see it
//   4. loading     how modules are found, as the reference finds them
//   5. what modules are given: log, store, accounts, stats
//   6. plugins     LPI v2, and v1 through ilp-compat-plugin
//   7. backends and stores
//   8. middlewares their pipelines, and packets that pass them
//   9. the process what is printed, what nobody catches, and the end
//
// A module is an object here and in the connector, with one number. The connector says what to
// construct. Nothing is kept from one process to the next.

const { createRequire } = require('module')
const net = require('net')
const path = require('path')
const util = require('util')
const { pathToFileURL } = require('url')

const PROTOCOL = 1
const CALL = 1, PACKET = 2, STAGE = 3, NEXT = 4, GARBAGE = 5, OVER = 38
const RESULT = 16, FAILURE = 17, REPLY = 18, REFUSAL = 19
const HELLO = 32, PING = 33, PONG = 34, EVENT = 35, STATE = 36, LOG = 37
const HEADER = 13
const STAGES = 0x80000000 // numbers of stages begin here, those of objects are below
const OUT_BYTES_MAX = 64 << 20 // that the connector has not read: it hangs
// What the connector takes. It ends a process that sends more, so no module and no client of one may.
const BODY_BYTES_MAX = 15 << 20
const PACKET_BYTES_MAX = 128 << 10
const MESSAGE_MAX = 4096 // characters of an error
const LINE_MAX = 4096

// What the module objects need of each other.
const objects = new Map() // by number: Plugin, Backend, Store, Middleware or Chain below
const modules = new Map() // by number: name, file and folder of the module, also if it cannot be constructed
const world = { address: 'unknown', accounts: new Map() } // what the connector last said
let folders = []
let debugging = false

// ---------------------------------------------------------------- 1. frames

let socket
let out = Buffer.allocUnsafe(64 << 10)
let outLength = 0
let flushing = false

// send puts a frame into the buffer. All frames of one turn of the event loop are written at once.
function send (type, object, id, body) {
  const length = body === undefined ? 0 : body.length
  const need = HEADER + length
  if (outLength + need > out.length) {
    flush()
    if (need > out.length) {
      const frame = Buffer.allocUnsafe(need)
      putFrame(frame, 0, type, object, id, body, length)
      socket.write(frame)
      return
    }
  }
  putFrame(out, outLength, type, object, id, body, length)
  outLength += need
  if (!flushing) {
    flushing = true
    setImmediate(flush)
  }
}

function putFrame (buffer, at, type, object, id, body, length) {
  buffer.writeUInt32BE(HEADER - 4 + length, at)
  buffer[at + 4] = type
  buffer.writeUInt32BE(object, at + 5)
  buffer.writeUInt32BE(id, at + 9)
  if (length > 0) body.copy(buffer, at + HEADER)
}

function flush () {
  flushing = false
  if (outLength === 0) return
  const length = outLength
  outLength = 0
  if (socket.write(out.subarray(0, length))) {
    // Node may not have written it yet, and keeps the view: the next frames need another buffer.
    if (socket.writableLength > 0) out = Buffer.allocUnsafe(64 << 10)
  } else {
    out = Buffer.allocUnsafe(64 << 10)
  }
}

const json = value => Buffer.from(JSON.stringify(value))

// receiver returns a function that takes what the socket brings, and calls handle with each frame.
function receiver (handle) {
  let rest = null
  return chunk => {
    if (rest !== null) chunk = Buffer.concat([rest, chunk])
    let at = 0
    while (chunk.length - at >= 4) {
      const end = at + 4 + chunk.readUInt32BE(at)
      if (end > chunk.length) break
      handle(chunk[at + 4], chunk.readUInt32BE(at + 5), chunk.readUInt32BE(at + 9), chunk.subarray(at + HEADER, end))
      at = end
    }
    rest = at < chunk.length ? chunk.subarray(at) : null
  }
}

function handleFrame (type, object, id, body) {
  switch (type) {
    case PACKET: return handlePacket(object, id, body)
    case REPLY: case REFUSAL: return handleReply(type, object, id, body)
    case RESULT: case FAILURE: return settle(waiting, type, id, body)
    case STAGE: return handleStage(object, id, body)
    case OVER: return handleOver(object, id)
    case CALL: return handleCall(object, id, JSON.parse(body))
    case EVENT: return handleEvent(object, JSON.parse(body))
    case PING: return handlePing()
    case HELLO: return handleHello(JSON.parse(body))
  }
}

function handleHello (hello) {
  folders = hello.folders || []
  debugging = hello.debug === true
  send(HELLO, 0, 0, json({ protocol: PROTOCOL, node: process.version }))
}

function handlePing () {
  const memory = process.memoryUsage()
  send(PONG, 0, 0, json({ rss: memory.rss, heapUsed: memory.heapUsed }))
}

// ---------------------------------------------------------------- 2. requests

const waiting = new Map() // by id: [resolve, reject]
let lastID = 0

// request sends a request, and resolves to the body of its answer.
function request (type, object, body) {
  if (body.length > BODY_BYTES_MAX) {
    return Promise.reject(new RangeError(`the connector takes no ${body.length} bytes at once`))
  }
  if (socket.writableLength > OUT_BYTES_MAX) {
    return Promise.reject(failed({ name: 'ConnectorBusyError', message: 'the connector does not keep up', code: 'T03' }))
  }
  do lastID = (lastID + 1) >>> 0
  while (waiting.has(lastID))
  const id = lastID
  send(type, object, id, body)
  return new Promise((resolve, reject) => waiting.set(id, [resolve, reject]))
}

// call calls a method of the connector that belongs to an object.
async function call (object, method, ...args) {
  const body = await request(CALL, object, json([method, ...args]))
  return body.length === 0 ? undefined : JSON.parse(body)
}

// settle resolves or rejects the request of an id.
function settle (requests, type, id, body) {
  const promise = requests.get(id)
  if (promise === undefined) return
  requests.delete(id)
  if (type === REPLY || type === RESULT) promise[0](body)
  else promise[1](failed(JSON.parse(body)))
}

// handleReply takes the answer to a packet: one that a plugin has brought, or one that has passed
// a stage, which has the id of the connector.
function handleReply (type, number, id, body) {
  settle(number < STAGES ? waiting : passed, type, id, body)
}

// ---------------------------------------------------------------- 3. errors

const ours = new WeakSet() // errors that failed has made

// failed makes an Error of what the connector says of one. Its class has the name that it has in
// the reference, since modules see no more of it.
function failed ({ name, message, code, data }) {
  const error = new Error(message)
  ours.add(error)
  error.name = name || 'Error'
  if (code) error.ilpErrorCode = code
  if (data) error.ilpErrorData = Buffer.from(data, 'base64')
  return error
}

// described returns what the connector is told of what a module has thrown.
function described (thrown, prefix = '') {
  if (thrown === null || typeof thrown !== 'object') {
    return { nothing: true, message: prefix + shown(thrown) }
  }
  try {
    const text = {
      name: typeof thrown.name === 'string' ? thrown.name.slice(0, MESSAGE_MAX) : undefined,
      message: (prefix + shown(thrown.message)).slice(0, MESSAGE_MAX),
      notSent: thrown.notSent === true || undefined,
      culprit: thrown instanceof Blame ? thrown.culprit : undefined
    }
    if (typeof thrown.ilpErrorCode === 'string') text.code = thrown.ilpErrorCode
    if (Buffer.isBuffer(thrown.ilpErrorData) && thrown.ilpErrorData.length <= PACKET_BYTES_MAX) text.data = thrown.ilpErrorData.toString('base64')
    return text
  } catch (e) { // a getter of the error has thrown
    return { name: 'Error', message: prefix + 'an error that cannot be read' }
  }
}

// Blame is an error of ours for which another module is to blame: the object of that number.
class Blame extends Error {
  constructor (culprit, message) {
    super(message)
    this.name = 'Error'
    this.culprit = culprit
  }
}

// brief returns what an error is in one line, without its stack.
function brief (thrown) {
  if (thrown === null || typeof thrown !== 'object') return shown(thrown)
  const { name, message } = described(thrown)
  return oneLine(name ? `${name}: ${message}` : message)
}

const oneLine = text => text.split(/[\r\n]+/)[0]

function shown (value) {
  try {
    return String(value).slice(0, MESSAGE_MAX)
  } catch (e) {
    return typeof value
  }
}

// unsent is what the answer to a packet is that a plugin could not send.
function unsent (thrown) {
  const text = described(thrown, 'failed to send packet: ')
  if (text.nothing) text.message = 'failed to send packet: non-object thrown. value=' + shown(thrown)
  text.code = text.code || 'F02'
  return text
}

// refused is what the answer to a packet is that a middleware has thrown an error for.
function refused (thrown) {
  const text = described(thrown)
  if (text.nothing) text.message = 'Non-object thrown: ' + shown(thrown)
  text.code = text.code || 'F00'
  return text
}

// ---------------------------------------------------------------- 4. loading

// construct constructs a module, and answers what it can do.
function construct (c) {
  const Class = { plugin: Plugin, backend: Backend, store: Store, middleware: Middleware, chain: Chain }[c.kind]
  objects.delete(c.object)
  if (c.path) modules.set(c.object, { name: c.name, file: c.path, folder: packageOf(c.path) })
  const object = new Class(c)
  objects.set(c.object, object)
  if (c.kind === 'backend') setImmediate(() => tellAdded(id => !coming.has(id))) // it has been listening since its constructor
  if (c.kind === 'plugin') setImmediate(() => tellAdded(id => id === c.account && coming.delete(id)))
  return object.constructed()
}

// constructing constructs a module. Its error has one line: operators see it in lists.
async function constructing (c) {
  try {
    return await construct(c)
  } catch (e) {
    if (e instanceof Blame) throw e
    logStack(c.object, c.name, `the constructor of ${c.name}`, e)
    const text = described(e)
    throw Object.assign(new Error(oneLine(text.message)), { name: text.nothing ? '' : text.name })
  }
}

// packageOf returns the folder of the package that a file belongs to.
function packageOf (file) {
  const inPackage = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file)
  return (inPackage ? inPackage[1] : path.dirname(file)) + path.sep
}

// load returns the constructor of a backend, store or middleware. TypeScript exports it as default.
function load (kind, file) {
  const exported = require(file)
  if (exported && typeof exported === 'object' && typeof exported.default === 'function') return exported.default
  if (typeof exported === 'function') return exported
  throw new TypeError(`${kind} does not export a constructor. module=${file}`)
}

// adapt returns an LPI v2 plugin of one of LPI v1, by ilp-compat-plugin.
function adapt (plugin, file, name) {
  if (!plugin || typeof plugin.sendTransfer !== 'function') throw new TypeError('not a plugin: no sendTransfer method')
  for (const folder of [path.dirname(file), ...folders]) {
    let compat
    try {
      compat = createRequire(path.join(folder, 'x')).resolve('ilp-compat-plugin')
    } catch (e) {
      continue
    }
    const exported = require(compat)
    return (exported.default || exported)(plugin)
  }
  throw new Error(`${name} is a plugin of LPI v1, which needs ilp-compat-plugin: npm install ilp-compat-plugin`)
}

// ---------------------------------------------------------------- 5. what modules are given

const LINES_MAX = 200 // that a module may log and print in a second
const lines = new Map() // by object, or by module if that is 0: [lines of this second, object, module]

// logLine sends a line of a module, unless it has logged too many within a second.
function logLine (object, module, line) {
  const key = object || module
  let entry = lines.get(key)
  if (entry === undefined) lines.set(key, entry = [0, object, module])
  if (++entry[0] <= LINES_MAX) send(LOG, object, 0, json({ module, ...line }))
}

setInterval(() => {
  for (const [n, object, module] of lines.values()) {
    if (n > LINES_MAX) send(LOG, object, 0, json({ level: 'warn', module, text: `${n - LINES_MAX} lines were left out, since more than ${LINES_MAX} came within a second` }))
  }
  lines.clear()
}, 1000)

// logOf returns the log of a plugin.
function logOf (object, name, account) {
  const log = {}
  for (const level of ['info', 'warn', 'error', 'debug', 'trace']) {
    const quiet = level === 'debug' || level === 'trace'
    log[level] = (...args) => {
      if (quiet && !debugging) return
      logLine(object, name, { level, text: util.format(...args).slice(0, LINE_MAX) })
    }
  }
  return log
}

const stacksLogged = new Set() // what logStack has logged
const STACKS_MAX = 200

// logStack logs where an error of a module comes from, once for each place. What tells operators of the
// error has no room for that.
function logStack (object, module, what, thrown) {
  let stack
  try {
    stack = shown(thrown.stack)
  } catch (e) {
    return
  }
  const key = object + what + stack
  if (!/\n\s+at /.test(stack) || stacksLogged.has(key) || stacksLogged.size >= STACKS_MAX) return
  stacksLogged.add(key)
  send(LOG, object, 0, json({ level: 'warn', module, text: `${what} has thrown ${stack}`.slice(0, LINE_MAX) }))
}

// storeOf returns the store of a plugin: a part of a hosted store, under the keys of the
// reference, or of the connector's own.
function storeOf (c) {
  if (c.store) {
    const { instance } = find(c.store)
    return {
      get: key => instance.get(c.account + key),
      put: (key, value) => instance.put(c.account + key, value),
      del: key => instance.del(c.account + key)
    }
  }
  const ask = (...args) => c.gate.opened ? call(c.object, ...args) : c.gate.promise.then(() => call(c.object, ...args))
  return {
    get: key => ask('get', String(key)),
    put: (key, value) => ask('put', String(key), value),
    del: key => ask('del', String(key))
  }
}

// Gate holds up what a module calls in its constructor: the connector takes nothing from it before that
// has returned.
class Gate {
  constructor () {
    this.opened = false
    this.promise = new Promise((resolve, reject) => {
      this.open = () => { this.opened = true; resolve() }
      this.shut = () => reject(new Error('account is not ready'))
    })
    this.promise.catch(() => {})
  }
}

function find (number) {
  const object = objects.get(number)
  if (object === undefined) throw new Error('the store was not constructed')
  return object
}

function infoOf (id) {
  const info = world.accounts.get(id)
  if (info === undefined) throw new Error('unknown account id. accountId=' + id)
  return info
}

// accountService is what backends get as accounts. It knows what the connector has told last.
class AccountService extends require('events').EventEmitter {
  getAccountIds () { return [...world.accounts.keys()] }
  getInfo (id) { return infoOf(id) }
  getAssetCode (id) { return world.accounts.has(id) ? infoOf(id).assetCode : undefined }
  getOwnAddress () { return world.address }
  exists (id) { return world.accounts.has(id) }
  getStatus () {
    const accounts = {}
    for (const [id, info] of world.accounts) accounts[id] = { info: { ...info, options: undefined }, connected: pluginOf(id) ? pluginOf(id).isConnected() : false, adminInfo: false }
    return { address: world.address, accounts }
  }

  getPlugin (id) {
    const plugin = pluginOf(id)
    if (!plugin) throw new Error('unknown account id. accountId=' + id)
    return plugin.instance
  }

  getChildAddress (id) {
    const info = infoOf(id)
    if (info.relation !== 'child') throw new Error(`Can't generate child address for account that is isn't a child`)
    return world.address + '.' + ((info.options && info.ilpAddressSegment) || id)
  }
}
const accountService = new AccountService()

function pluginOf (id) {
  for (const object of objects.values()) if (object instanceof Plugin && object.account === id) return object
}

const coming = new Set() // accounts whose plugin is to be constructed here: they are added then

// tellAdded emits that accounts have been added, with their plugins.
function tellAdded (which) {
  for (const id of world.accounts.keys()) if (which(id)) accountService.emit('add', id, pluginInstance(id))
}

// handleWorld takes what the connector tells of its address and accounts, and whose plugins are constructed here.
function handleWorld ({ address, accounts, hosted = [] }) {
  world.address = address || 'unknown'
  const before = world.accounts
  world.accounts = new Map(Object.entries(accounts))
  for (const object of objects.values()) if (object instanceof Plugin) object.share()
  for (const id of hosted) if (!before.has(id) && !pluginOf(id)) coming.add(id)
  tellAdded(id => !before.has(id) && !coming.has(id))
  for (const id of before.keys()) {
    if (!world.accounts.has(id) && !coming.delete(id)) accountService.emit('remove', id, pluginInstance(id))
  }
}

function pluginInstance (id) {
  const plugin = pluginOf(id)
  return plugin && plugin.instance
}

// The metrics of a middleware's stats, with the labels that the reference has for them.
const COUNTERS = {
  incomingDataPackets: ['result', 'code'],
  incomingDataPacketValue: ['result', 'code'],
  outgoingDataPackets: ['result', 'code'],
  outgoingDataPacketValue: ['result', 'code'],
  rateLimitedPackets: [],
  rateLimitedMoney: []
}
const GAUGES = { incomingMoney: ['result'], outgoingMoney: ['result'], balance: [] }
const RESULTS = ['fulfilled', 'rejected', 'failed', 'succeeded']
const STATS_INTERVAL = 250 // ms for which what middlewares count is summed up, so that no packet costs a frame
const SAMPLES_MAX = 1000 // in one frame

// statsOf returns what middlewares get as stats. It sums up what they count, and tells the connector later.
function statsOf (object) {
  const samples = new Map() // by all but the value: [metric, account, result, code, value]
  let timer = null
  const tell = () => {
    timer = null
    if (socket.writableLength > OUT_BYTES_MAX) return later()
    const all = [...samples.values()]
    samples.clear()
    for (let i = 0; i < all.length; i += SAMPLES_MAX) send(EVENT, object, 0, json(['stats', ...all.slice(i, i + SAMPLES_MAX)]))
  }
  const later = () => { if (timer === null) timer = setTimeout(tell, STATS_INTERVAL) }

  // sample returns the sample that a value is for. The values of labels are few, whatever the module gives.
  const sample = (metric, names, { accountId }, labels = {}) => {
    for (const label of Object.keys(labels)) {
      if (!names.includes(label) && !['account', 'asset', 'scale'].includes(label)) {
        throw new Error(`Added label "${label}" is not included in initial labelset: ${util.inspect([...names, 'account', 'asset', 'scale'])}`)
      }
    }
    const account = world.accounts.has(accountId) ? accountId : '' // of which the connector says that there is none
    const result = RESULTS.includes(labels.result) ? labels.result : ''
    const code = /^[FTR][0-9][0-9]$/.test(labels.code) ? String(labels.code) : ''
    const key = [metric, account, result, code].join()
    let s = samples.get(key)
    if (s === undefined) samples.set(key, s = [metric, account, result, code, 0])
    later()
    return s
  }

  const noNumber = value => new TypeError(`Value is not a valid number: ${util.format(value)}`)
  const stats = { getStatus: () => [], getRegistry: () => undefined }
  for (const [metric, names] of Object.entries(COUNTERS)) {
    stats[metric] = {
      increment (account, labels, value) {
        if (value && !Number.isFinite(value)) throw noNumber(value)
        if (value < 0) throw new Error('It is not possible to decrease a counter')
        sample(metric, names, account, labels)[4] += value === null || value === undefined ? 1 : Number(value)
      }
    }
  }
  for (const [metric, names] of Object.entries(GAUGES)) {
    stats[metric] = {
      setValue (account, labels, value) {
        if (typeof value !== 'number') throw noNumber(value)
        sample(metric, names, account, labels)[4] = value
      }
    }
  }
  return stats
}

// ---------------------------------------------------------------- 6. plugins

const POLL = 100 // ms between two looks at isConnected, since not all plugins emit events

const BEGUN = 200 // ms from connect until a plugin that listens does so, though its connect waits for a client

class Plugin {
  constructor (c) {
    this.number = c.object
    this.account = c.account
    this.name = c.name
    this.options = c.options || {}
    this.connected = false
    this.gone = false
    this.connecting = undefined // what connect has returned, until that settles
    this.ended = false // disconnect was called
    const api = { store: storeOf(c), log: logOf(c.object, c.name, c.account) }
    const Plugin = require(c.path)
    if (typeof Plugin !== 'function') {
      const hint = Plugin && typeof Plugin.default === 'function' ? ', not by export default: write a file that says module.exports = require(' + JSON.stringify(c.path) + ').default' : ''
      send(LOG, c.object, 0, json({ level: 'error', text: 'a plugin is a class that its module exports by module.exports' + hint }))
    }
    const instance = new Plugin({ _store: api.store, _log: api.log, ...this.options }, api)
    this.compat = instance.constructor.version !== 2
    this.instance = this.compat ? adapt(instance, c.path, c.name) : instance
    this.instance.registerDataHandler(buffer => this.data(buffer))
    this.instance.registerMoneyHandler(amount => this.money(amount))
    if (typeof this.instance.on === 'function') {
      this.onConnect = () => this.emitted(true)
      this.onDisconnect = () => this.emitted(false)
      this.instance.on('connect', this.onConnect)
      this.instance.on('disconnect', this.onDisconnect)
    }
  }

  constructed () {
    this.share()
    return {
      adminInfo: typeof this.instance.getAdminInfo === 'function',
      sendAdminInfo: typeof this.instance.sendAdminInfo === 'function',
      compat: this.compat
    }
  }

  // share shows others the options themselves, so that they see what the plugin writes into them.
  share () {
    const info = world.accounts.get(this.account)
    if (info !== undefined) info.options = this.options
  }

  // isConnected counts what is truthy. A plugin that throws here is not connected.
  isConnected () {
    try {
      return !!this.instance.isConnected()
    } catch (e) {
      return false
    }
  }

  emitted (connect) {
    if (!connect) return this.tell(false)
    if (!this.isConnected()) {
      send(LOG, this.number, 0, json({ level: 'error', text: '(!!!) plugin emitted connect, but then returned false for isConnected, broken plugin. account=' + this.account }))
    }
    this.tell(this.isConnected())
  }

  // tell tells the connector whether the plugin is connected, if that is news.
  tell (connected) {
    if (this.gone || this.connected === connected) return
    this.connected = connected
    send(STATE, this.number, 0, Buffer.from([connected ? 1 : 0]))
  }

  // packet sends a packet, and answers with what the plugin's promise comes to.
  packet (id, body) {
    let promise
    try {
      if (!this.isConnected()) {
        this.tell(false)
        return this.refuse(id, { unconnected: true, message: 'no connection to account. account=' + this.account })
      }
      promise = this.instance.sendData(body)
    } catch (e) {
      return this.refuse(id, unsent(e))
    }
    if (promise !== null && typeof promise === 'object' && typeof promise.then === 'function') {
      promise.then(reply => this.reply(id, reply), e => this.refuse(id, unsent(e)))
    } else {
      this.reply(id, promise)
    }
  }

  reply (id, reply) {
    if (Buffer.isBuffer(reply) && reply.length > 0 && reply.length <= PACKET_BYTES_MAX) return send(REPLY, this.number, id, reply)
    this.refuse(id, { code: 'F00', name: 'TypeError', message: noReply(reply) })
  }

  refuse (id, text) { send(REFUSAL, this.number, id, json(text)) }

  // data takes a packet of the plugin.
  data (buffer) {
    if (this.gone) return Promise.reject(new Error('the account is gone. account=' + this.account))
    if (Buffer.isBuffer(buffer)) {
      if (buffer.length <= PACKET_BYTES_MAX) return request(PACKET, this.number, buffer)
      return request(GARBAGE, this.number, Buffer.from(tooLarge(buffer)))
    }
    const text = 'data handler was passed a non-buffer. typeof=' + typeof buffer
    return request(GARBAGE, this.number, Buffer.from(text)).catch(e => {
      if (e.message === text) delete e.ilpErrorCode // it is a plain Error
      throw e
    })
  }

  // money takes money that the plugin has received. It resolves once that is durable.
  async money (amount) {
    if (this.gone) throw new Error('the account is gone. account=' + this.account)
    await call(this.number, 'money', shown(amount))
  }

  async call (method, args) {
    switch (method) {
      case 'connect': {
        const [timeout] = args
        if (this.ended) throw new Error('the account is gone. account=' + this.account)
        if (this.isConnected()) return this.tell(true)
        const connecting = this.connecting = (async () => this.instance.connect(timeout === null ? {} : { timeout: timeout < 0 ? Infinity : timeout }))()
        try {
          await connecting
        } finally {
          if (this.connecting === connecting) this.connecting = undefined
        }
        return this.tell(this.isConnected())
      }
      case 'begun': // resolves when connect has, or when a plugin that listens will listen by now
        await Promise.race([this.connecting, new Promise(resolve => setTimeout(resolve, BEGUN))]).catch(() => {})
        return
      case 'disconnect':
        await this.disconnect()
        return this.tell(this.isConnected())
      case 'sendMoney':
        await this.instance.sendMoney(args[0])
        return
      case 'getAdminInfo':
        if (typeof this.instance.getAdminInfo !== 'function') throw new Error('plugin has no admin info. account=' + this.account)
        return this.instance.getAdminInfo()
      case 'sendAdminInfo':
        if (typeof this.instance.sendAdminInfo !== 'function') throw new Error('plugin does not support sending admin info. account=' + this.account)
        return this.instance.sendAdminInfo(args[0])
    }
    throw new Error('unknown method ' + method)
  }

  // disconnect ends what connect has begun, also if that has not led to a connection: the plugin may
  // listen or dial. A connect that is under way may begin that later, and so ends it once more.
  async disconnect () {
    this.ended = true
    if (this.connecting !== undefined) this.connecting.then(() => this.instance.disconnect()).catch(() => {})
    await this.instance.disconnect()
  }

  // remove ends the plugin as the reference does when an account is removed.
  remove () {
    this.gone = true
    const end = method => {
      try {
        const promise = this.instance[method]()
        if (promise && typeof promise.catch === 'function') promise.catch(() => {})
      } catch (e) {}
    }
    if (this.onConnect && typeof this.instance.removeListener === 'function') {
      this.instance.removeListener('connect', this.onConnect)
      this.instance.removeListener('disconnect', this.onDisconnect)
    }
    if (!this.ended) this.disconnect().catch(() => {})
    end('deregisterDataHandler')
    end('deregisterMoneyHandler')
  }
}

// noReply is the text for what a plugin resolved to that is no packet.
function noReply (reply) {
  if (reply === undefined || reply === null) return `Cannot read properties of ${reply} (reading '0')`
  if (Buffer.isBuffer(reply)) return reply.length === 0 ? 'the plugin returned an empty packet' : tooLarge(reply)
  return `the plugin returned no packet. typeof=${typeof reply}`
}

const tooLarge = packet => `the packet has ${packet.length} bytes, more than ${PACKET_BYTES_MAX}`

setInterval(() => {
  for (const object of objects.values()) if (object instanceof Plugin) object.tell(object.isConnected())
}, POLL)

function handlePacket (number, id, body) {
  const object = objects.get(number)
  if (object instanceof Plugin) object.packet(id, body)
  else send(REFUSAL, number, id, json({ unconnected: true, message: 'the plugin was not constructed' }))
}

// ---------------------------------------------------------------- 7. backends and stores

const RATE_PATIENCE = 2000 // ms for all rates that the connector asks for at once

class Backend {
  constructor (c) {
    this.name = c.name
    this.instance = new (load('backend', c.path))(c.options, { getInfo: infoOf, accounts: accountService })
  }

  constructed () { return { submitPacket: typeof this.instance.submitPacket === 'function' } }

  async call (method, args) {
    switch (method) {
      case 'connect':
        await this.instance.connect()
        return
      case 'getRates': { // of pairs of accounts. One that never settles stops none of the others
        let timer
        const late = new Promise((resolve, reject) => {
          timer = setTimeout(() => reject(failed({ message: 'getRate has not answered in time', code: 'T00' })), RATE_PATIENCE)
        })
        late.catch(() => {})
        const rates = await Promise.all(args[0].map(async ([source, destination]) => {
          try {
            return { rate: numeral(await Promise.race([this.instance.getRate(source, destination), late])) }
          } catch (e) {
            return { error: refused(e) }
          }
        }))
        clearTimeout(timer)
        return rates
      }
    }
    throw new Error('unknown method ' + method)
  }

  // event tells the backend of a packet that was answered. Nobody waits for it.
  event ([name, packet]) {
    const told = {
      sourceAccount: packet.sourceAccount,
      sourceAmount: packet.sourceAmount,
      destinationAccount: packet.destinationAccount,
      destinationAmount: packet.destinationAmount
    }
    if (name === 'submitPacket') {
      if (typeof this.instance.submitPacket !== 'function') return
      told.parsedPacket = parsePrepare(Buffer.from(packet.packet, 'base64'))
      told.result = Buffer.from(packet.result, 'base64')
    } else if (name !== 'submitPayment') {
      return
    }
    quietly(() => this.instance[name](told), name)
  }
}

// quietly calls a function, and logs what it throws or rejects.
async function quietly (f, what) {
  try {
    await f()
  } catch (e) {
    console.error(`${what} failed:`, e)
  }
}

// numeral returns a rate as text: a number, a text or a BigNumber.
function numeral (rate) {
  if (rate !== null && typeof rate === 'object' && typeof rate.toFixed === 'function') return rate.toFixed()
  return typeof rate === 'number' || typeof rate === 'string' ? String(rate) : 'no number: ' + util.inspect(rate, { depth: 0 })
}

// parsePrepare reads an ILP Prepare (RFC 27) that the connector has checked.
function parsePrepare (packet) {
  let at = 1
  const length = () => {
    let n = packet[at++]
    if (n > 127) {
      const bytes = n & 127
      n = packet.readUIntBE(at, bytes)
      at += bytes
    }
    return n
  }
  const bytes = n => packet.subarray(at, at += n)
  length()
  const amount = bytes(8).readBigUInt64BE().toString()
  const t = bytes(17).toString()
  const expiresAt = new Date(`${t.slice(0, 4)}-${t.slice(4, 6)}-${t.slice(6, 8)}T${t.slice(8, 10)}:${t.slice(10, 12)}:${t.slice(12, 14)}.${t.slice(14)}Z`)
  const executionCondition = bytes(32)
  const destination = bytes(length()).toString()
  const data = bytes(length())
  return { amount, executionCondition, expiresAt, destination, data }
}

class Store {
  constructor (c) {
    this.name = c.name
    this.instance = new (load('store', c.path))(c.options, {})
  }

  constructed () { return {} }
  async call (method, args) { return this.instance[method](...args) }
}

// ---------------------------------------------------------------- 8. middlewares

class Middleware {
  constructor (c) {
    this.name = c.name
    this.instance = new (load('middleware', c.path))(c.options || {}, {
      getInfo: infoOf,
      getOwnAddress: () => world.address,
      sendData: async (buffer, id) => {
        const reply = await call(c.object, 'sendData', buffer.toString('base64'), id)
        return Buffer.from(reply, 'base64')
      },
      sendMoney: (amount, id) => call(c.object, 'sendMoney', shown(amount), id),
      stats: statsOf(c.object)
    })
  }

  constructed () { return {} }
}

// Pipeline is one of the six lists of an account. Elements without a method are built in.
class Pipeline {
  constructor (builtin) { this.elements = builtin.map(name => ({ name })) }
  insertFirst (element) { this.elements.unshift(element) }
  insertLast (element) { this.elements.push(element) }
  insertBefore (name, element) { this.elements.splice(this.indexOf(name, 'before'), 0, element) }
  insertAfter (name, element) { this.elements.splice(this.indexOf(name, 'after') + 1, 0, element) }
  getMethods () { return this.elements.map(element => element.method) }

  indexOf (name, where) {
    const index = this.elements.findIndex(element => element.name === name)
    if (index < 0) throw new Error(`could not insert ${where} middleware; not found. name=${name}`)
    return index
  }
}

// Stage is what stands between two built-in elements of a pipeline.
class Stage {
  constructor (pipeline) {
    this.pipeline = pipeline
    this.elements = []
    this.number = STAGES + ++lastStage
  }

  // packet takes a packet through the stage. What next comes to, the connector says later.
  async packet (id, body) {
    let reply
    try {
      reply = await compose(this.elements)(body, value => this.next(id, value))
      if (!Buffer.isBuffer(reply) || reply.length > PACKET_BYTES_MAX) throw noResult(this.pipeline, reply)
    } catch (e) {
      this.log(e)
      return send(REFUSAL, this.number, id, json(refused(e)))
    } finally {
      passed.delete(id)
    }
    send(REPLY, this.number, id, reply)
  }

  // log logs where an error comes from that no middleware has made for the sender: it has no code.
  log (e) {
    if (e === null || typeof e !== 'object' || ours.has(e) || e.ilpErrorCode) return
    const thrower = throwers.get(e)
    logStack(...culprit(shown(e.stack)), `the method ${thrower ? thrower.name : this.elements.map(element => element.name).join(', ')} of ${this.pipeline}`, e)
  }

  toJSON () { return { stage: this.number, name: this.elements.map(element => element.name).join(', ') } }

  next (id, value) {
    if (!Buffer.isBuffer(value)) return Promise.reject(new Error('data handler was passed a non-buffer. typeof=' + typeof value))
    if (value.length > PACKET_BYTES_MAX) return Promise.reject(new Error(tooLarge(value)))
    send(NEXT, this.number, id, value)
    return new Promise((resolve, reject) => passed.set(id, [resolve, reject]))
  }
}

const PIPELINES = ['startup', 'teardown', 'incomingData', 'incomingMoney', 'outgoingData', 'outgoingMoney']
const stages = new Map() // by number
const passed = new Map() // by id: [resolve, reject] of next, of packets that wait for an answer
let lastStage = 0

// Chain is what the middlewares have put into the pipelines of one account.
class Chain {
  constructor (c) {
    this.number = c.object
    this.account = c.account
    this.builtin = c.options.builtin
    this.middlewares = c.options.middlewares
    this.stages = []
  }

  // constructed applies the middlewares, one after the other.
  async constructed () {
    const pipelines = {}
    for (const name of PIPELINES) pipelines[name] = new Pipeline(this.builtin[name] || [])
    for (const number of this.middlewares) {
      const middleware = objects.get(number)
      if (middleware === undefined) throw new Blame(number, 'a middleware was not constructed')
      try {
        await middleware.instance.applyToPipelines(pipelines, this.account)
      } catch (e) {
        logStack(number, middleware.name, 'applyToPipelines', e)
        throw new Blame(number, `failed to apply middleware to account. middlewareName=${middleware.name} accountId=${this.account} error=${brief(e)}`)
      }
    }
    const places = {}
    for (const name of Object.keys(pipelines)) places[name] = this.cut(name, pipelines[name].elements)
    return { places }
  }

  // cut returns the names of a pipeline, with the numbers of the stages in between.
  cut (pipeline, elements) {
    const places = []
    let stage = null
    for (const element of elements) {
      if (element.method === undefined) {
        places.push(element.name)
        stage = null
        continue
      }
      if (stage === null) {
        stage = new Stage(pipeline)
        stages.set(stage.number, stage)
        this.stages.push(stage)
        places.push(stage)
      }
      stage.elements.push(element)
    }
    return places
  }

  // call runs a stage that is no packet's: of money, startup or teardown. The connector does the
  // rest of the pipeline when it is asked for next.
  async call (method, [number, value, run]) {
    if (method !== 'run') throw new Error('unknown method ' + method)
    await compose(stages.get(number).elements)(value === null ? undefined : value, next => call(this.number, 'next', run, next === undefined ? null : shown(next)))
  }

  remove () { for (const stage of this.stages) stages.delete(stage.number) }
}

const throwers = new WeakMap() // by error: the element whose method has thrown it

function noResult (pipeline, reply) {
  if (pipeline === 'incomingData') return new Error('handler did not return a value.')
  return new TypeError(noReply(reply))
}

// compose makes one function of methods, as the reference does.
function compose (elements) {
  return (value, last) => {
    let reached = -1
    const dispatch = async (i, value) => {
      if (i <= reached) throw new Error('next() called multiple times.')
      reached = i
      if (i === elements.length) return last(value)
      try {
        return await elements[i].method(value, value => dispatch(i + 1, value))
      } catch (e) {
        if (e !== null && typeof e === 'object' && !throwers.has(e)) throwers.set(e, elements[i])
        throw e
      }
    }
    return dispatch(0, value)
  }
}

function handleStage (number, id, body) {
  const stage = stages.get(number)
  if (stage !== undefined) stage.packet(id, body)
  else send(REFUSAL, number, id, json({ code: 'T01', message: 'the middlewares were not applied' }))
}

// handleOver ends the wait of a stage for a packet that the connector has ended meanwhile.
function handleOver (number, id) {
  settle(passed, REFUSAL, id, json({ name: 'TransferTimedOutError', code: 'R00', message: 'packet expired.' }))
}

// ---------------------------------------------------------------- 9. the process

async function handleCall (number, id, [method, ...args]) {
  const gate = number === 0 && method === 'construct' ? new Gate() : null
  if (gate !== null) args[0].gate = gate
  try {
    const object = objects.get(number)
    let result
    if (number === 0 && method === 'construct') result = await constructing(args[0])
    else if (object === undefined) throw new Error('the module was not constructed')
    else result = await object.call(method, args)
    const body = result === undefined ? undefined : json(result)
    if (body !== undefined && body.length > BODY_BYTES_MAX) throw new RangeError(`the connector takes no ${body.length} bytes at once`)
    send(RESULT, number, id, body)
    if (gate !== null) gate.open()
  } catch (e) {
    send(FAILURE, number, id, json(described(e)))
    if (gate !== null) gate.shut()
  }
}

function handleEvent (number, [name, ...args]) {
  if (number === 0) {
    if (name === 'world') return handleWorld(args[0])
    if (name === 'exit') return process.exit(0)
    if (name === 'remove') {
      const object = objects.get(args[0])
      objects.delete(args[0])
      modules.delete(args[0])
      if (object && object.remove) object.remove()
    }
    return
  }
  const object = objects.get(number)
  if (object && object.event) object.event([name, ...args])
}

// stackHere returns the stack of its caller, deep enough to reach the module behind console.log.
function stackHere () {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 40
  const { stack } = new Error()
  Error.stackTraceLimit = limit
  return stack
}

// culprit returns the number of the object whose module a stack runs through, and that module's name. The
// first file of a module in the stack counts, and without one the deepest folder of a package. Several
// accounts may use one module: then the number is 0. So it is, without a name, if several modules fit.
function culprit (stack) {
  let best = 0
  let found = []
  for (const [number, module] of modules) {
    const fit = fitOf(module, stack)
    if (fit === 0 || fit < best) continue
    if (fit > best) found = []
    best = fit
    found.push([number, module.name])
  }
  if (found.length === 1) return found[0]
  return [0, found.length > 0 && found.every(([, name]) => name === found[0][1]) ? found[0][1] : '']
}

const BY_FILE = 1 << 30

// fitOf returns how well a module fits a stack, 0 if it does not.
function fitOf (module, stack) {
  let at = stack.indexOf(module.file + ':')
  if (at < 0 && stack.includes('file://')) at = stack.indexOf(pathToFileURL(module.file).href + ':')
  if (at >= 0) return BY_FILE + STACK_MAX - Math.min(at, STACK_MAX - 1)
  return stack.includes(module.folder) ? module.folder.length : 0
}

const STACK_MAX = 1 << 20 // characters, beyond which places are the same

for (const stream of ['stdout', 'stderr']) {
  let rest = ''
  process[stream].write = (chunk, encoding, done) => {
    const [object, module] = culprit(stackHere())
    const parts = (rest + Buffer.from(chunk, typeof encoding === 'string' ? encoding : undefined)).split('\n')
    rest = parts.pop().slice(-LINE_MAX)
    for (const text of parts) if (text !== '') logLine(object, module, { stream, text: text.slice(0, LINE_MAX) })
    const callback = typeof encoding === 'function' ? encoding : done
    if (typeof callback === 'function') process.nextTick(callback)
    return true
  }
}

// listener says whose port an error is about, as far as options tell: its stack has nothing of a module.
function listener (e) {
  if (!e || (e.code !== 'EADDRINUSE' && e.code !== 'EACCES') || !e.port) return ''
  const accounts = []
  for (const object of objects.values()) {
    if (!(object instanceof Plugin)) continue
    const { port, listener } = object.options
    if (Number(port) === e.port || (listener && Number(listener.port) === e.port)) accounts.push(object.account)
  }
  return accounts.length > 0 ? ', which the options of ' + accounts.join(' and ') + ' name' : ''
}

// What nobody has caught leaves the module in a state that nobody knows, so the process ends, as
// the reference does. The connector starts another one.
process.on('uncaughtException', e => {
  const [object, module] = culprit(e && e.stack ? e.stack : '')
  const text = e && e.stack ? String(e.stack) : 'uncaught: ' + shown(e)
  send(LOG, object, 0, json({ stream: 'fatal', module, text: text.replace(/$/m, listener(e)).slice(0, LINE_MAX) }))
  flush()
  socket.end(() => process.exit(70))
  setTimeout(() => process.exit(70), 1000)
})

// Whoever stops the connector may tell its children too. It ends this process, once plugins have disconnected.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

// A promise that nothing handles is one line of the log. Most modules were written before Node ended
// a process because of it.
process.on('unhandledRejection', reason => {
  let stack = ''
  try {
    if (reason !== null && typeof reason === 'object') stack = shown(reason.stack)
  } catch (e) {}
  const [object, module] = culprit(stack)
  logLine(object, module, { level: 'warn', text: 'a rejection that nothing handles: ' + brief(reason) })
  if (debugging && stack) logLine(object, module, { level: 'debug', text: stack.slice(0, LINE_MAX) })
})

function run () {
  const where = process.env.ILP_NODE_HOST
  delete process.env.ILP_NODE_HOST
  if (where) {
    const [port, secret] = where.split(':')
    socket = net.connect(Number(port), '127.0.0.1', () => socket.write(secret))
  } else {
    socket = new net.Socket({ fd: 3, readable: true, writable: true })
  }
  socket.on('data', receiver(handleFrame))
  socket.on('end', () => process.exit(0)) // the connector has ended
  socket.on('error', () => process.exit(0))
}

run()
