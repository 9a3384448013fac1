'use strict'
// A plugin of an npm module. Its options say how it fails, and its admin info makes it do something.
// It appends what it pays to a file, which is the bank that outlives it.
const EventEmitter = require('events')
const fs = require('fs')

class TestPlugin extends EventEmitter {
  constructor (opts) {
    super()
    this.opts = opts
    this.connected = false
    if (opts.former) this.former = opts._store.get(opts.former).catch(e => e.message)
    if (opts.fails === 'constructor') throw new Error('no such wallet')
    if (opts.fails === 'exit') process.exit(3)
    if (opts.fails === 'hang') for (;;);
  }

  registerDataHandler (f) { this.handler = f }
  registerMoneyHandler (f) { this.money = f }
  deregisterDataHandler () {}
  deregisterMoneyHandler () {}
  isConnected () { return this.connected }
  async sendData (buffer) { return this.handler(buffer) }

  async connect () {
    this.connected = true
    this.emit('connect')
  }

  async disconnect () {
    if (this.opts.last) this.outcome(await this.tell(this.opts.last))
    this.connected = false
    this.emit('disconnect')
  }

  async sendMoney (amount) {
    const how = this.opts.how ? fs.readFileSync(this.opts.how, 'utf8') : ''
    if (how === 'notSent') throw Object.assign(new Error('broke'), { notSent: true })
    fs.appendFileSync(this.opts.bank, amount + '\n')
    if (how === 'dies') process.exit(4)
    if (how === 'rejects') throw new Error('who knows')
    if (how === 'slow') await new Promise(resolve => setTimeout(resolve, 300))
  }

  // tell tells of money, and returns what becomes of that.
  async tell (amount) {
    try {
      await this.money(amount)
      return 'credited'
    } catch (e) {
      return `${e.name}: ${e.message}`
    }
  }

  outcome (text) { fs.appendFileSync(this.opts.bank, text + '\n') }

  getAdminInfo () { return this.opts.info }

  async sendAdminInfo ({ do: what, amount, times }) {
    switch (what) {
      case 'money': {
        const all = await Promise.all(Array.from({ length: times || 1 }, () => this.tell(amount)))
        const count = {}
        for (const one of all) count[one] = (count[one] || 0) + 1
        return count
      }
      case 'put': return this.opts._store.put(amount.key, amount.value)
      case 'get': return { value: await this.opts._store.get(amount.key), former: await this.former }
      case 'exit': return process.exit(5)
      case 'hang': for (;;);
      case 'throw': throw new TypeError('no such thing')
      case 'nothing': return undefined
      case 'echo': return amount
    }
  }
}
TestPlugin.version = 2
module.exports = TestPlugin
