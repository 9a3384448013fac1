'use strict'
// A plugin that listens, and is connected once a client comes. Its connect resolves then, or sooner,
// as its options say.
const EventEmitter = require('events')
const net = require('net')

class Listener extends EventEmitter {
  constructor (opts, api) {
    super()
    this.opts = opts
    this.log = api.log
    this.connected = false
  }

  registerDataHandler () {}
  registerMoneyHandler () {}
  deregisterDataHandler () {}
  deregisterMoneyHandler () {}
  isConnected () { return this.connected }

  async connect () {
    if (this.opts.fails && !this.failed) {
      this.failed = true
      throw new Error('nobody is there')
    }
    if (this.opts.after) await new Promise(resolve => setTimeout(resolve, this.opts.after))
    this.server = net.createServer(socket => {
      this.connected = true
      this.emit('connect')
      socket.destroy()
    })
    if (this.opts.bare) return this.server.listen(this.opts.port, '127.0.0.1')
    await new Promise((resolve, reject) => this.server.on('error', reject).listen(this.opts.port, '127.0.0.1', resolve))
    this.log.info('listens')
    if (!this.opts.resolves) await new Promise(resolve => this.once('connect', resolve))
  }

  async disconnect () {
    this.log.info('disconnects')
    if (this.opts.hangs) await new Promise(() => {})
    if (this.server) this.server.close()
  }

  sendAdminInfo () { setImmediate(() => process.exit(3)) }
  async sendData () { throw new Error('no') }
  async sendMoney () {}
}
Listener.version = 2
module.exports = Listener
