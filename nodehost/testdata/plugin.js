'use strict'
// A plugin that does as its options say. What it is told it does by its admin info.
const EventEmitter = require('events')
const fs = require('fs')

class TestPlugin extends EventEmitter {
  constructor (opts, api) {
    super()
    this.opts = opts
    this.api = api
    this.connected = false
    this.calls = ['constructor ' + Object.keys(opts).sort().join(' ')]
    if (opts.former) this.former = api.store.put('early', 5).then(() => api.store.get('early')).catch(e => e.message)
    for (const until = Date.now() + (opts.blocks || 0); Date.now() < until;);
    if (opts.throws === 'constructor') throw new Error('no such thing')
    if (opts.throws === 'without file' && !fs.existsSync(opts.file)) throw new Error('no file')
  }

  registerDataHandler (f) { this.calls.push('registerDataHandler'); this.handler = f }
  registerMoneyHandler (f) { this.calls.push('registerMoneyHandler'); this.money = f }
  deregisterDataHandler () { this.handler = null }
  deregisterMoneyHandler () { this.money = null }
  isConnected () { return this.connected }

  async connect (options) {
    this.calls.push('connect ' + options.timeout)
    if (this.opts.throws === 'connect') throw new Error('nobody is there')
    this.connected = true
    this.emit('connect')
  }

  async disconnect () {
    this.connected = false
    if (this.opts.end === 'late') {
      await this.opts._store.put('claim', 9)
      await this.money('77')
    }
    this.emit('disconnect')
  }

  // sendData gives the packet back to the connector, as a loop.
  async sendData (buffer) {
    switch (this.opts.answer) {
      case 'nothing': return undefined
      case 'never': return new Promise(() => {})
      case 'throws': {
        const e = new Error('no way')
        e.ilpErrorCode = 'T07'
        e.ilpErrorData = Buffer.from('why')
        throw e
      }
      case 'text': throw 'just text' // eslint-disable-line no-throw-literal
      case 'symbol': throw Object.assign(new Error(), { message: Symbol('s') })
      case 'getter': throw { get message () { throw new Error('not for you') } } // eslint-disable-line no-throw-literal
    }
    return this.handler(buffer)
  }

  async sendMoney (amount) {
    this.calls.push('sendMoney ' + amount)
    if (this.opts.money === 'late') return new Promise(resolve => setTimeout(resolve, 500))
    if (this.opts.money === 'first never' && amount === '500') return new Promise(() => {})
    if (this.opts.money === 'never') return new Promise(() => {})
    if (this.opts.money === 'notSent') throw Object.assign(new Error('broke'), { notSent: true })
    if (this.opts.money === 'rejects') throw new Error('who knows')
  }

  getAdminInfo () { return { calls: this.calls } }

  // sendAdminInfo does what it is told.
  async sendAdminInfo ({ do: what, key, value, packet }) {
    switch (what) {
      case 'put': return this.opts._store.put(key, value)
      case 'get': return { value: await this.api.store.get(key) }
      case 'former': return { value: await this.former }
      case 'del': return this.api.store.del(key)
      case 'money': return this.money(value)
      case 'text': return { reply: (await this.handler('text')).toString('base64') }
      case 'packet': return { reply: (await this.handler(Buffer.from(packet, 'base64'))).toString('base64') }
      case 'crash': setImmediate(() => { throw new Error('crash of the test') }); return
      case 'hang': setImmediate(() => { for (;;); }); return
      case 'signal': process.kill(process.pid, key); return new Promise(resolve => setTimeout(resolve, 50))
      case 'exit': process.exit(3) // eslint-disable-line no-fallthrough
      case 'leak': this.leak = []; setInterval(() => this.leak.length < value && this.leak.push(Buffer.alloc(4 << 20, 1)), 1); return
      case 'large': return this.large(key, 'x'.repeat(value))
      case 'print': console.log(value); return
      case 'log': this.opts._log.warn('%s %d', value, 5); return
      case 'env': return Object.keys(process.env)
      case 'disconnect': return this.disconnect()
      case 'fall': this.connected = false
    }
  }

  // large gives the connector something that is large.
  async large (what, text) {
    switch (what) {
      case 'packet': return { reply: (await this.handler(Buffer.from(text))).toString('base64') }
      case 'money': return this.money(text)
      case 'put': return this.api.store.put('large', text)
      case 'key': return this.api.store.get(text)
      case 'log': return this.api.log.error(text)
      case 'result': return text
      case 'error': throw Object.assign(new Error(text), { ilpErrorData: Buffer.from(text) })
      case 'name': throw Object.assign(new Error('x'), { name: text })
      case 'reply': this.sendData = async () => Buffer.from(text); return
      case 'refusal': this.sendData = async () => { throw new Error(text) }
    }
  }
}
TestPlugin.version = 2
module.exports = TestPlugin
