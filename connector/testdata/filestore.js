'use strict'

// A store in a file of JSON: {"key": value}. It lists its keys unless options.hidden is true, and
// cannot be constructed if options.throws is.

const fs = require('fs')

module.exports = class FileStore {
  constructor ({ path, hidden, throws }) {
    if (throws) throw new Error('no such disk')
    this.path = path
    if (!hidden) this.keys = () => Object.keys(this.read())
  }

  read () { return JSON.parse(fs.readFileSync(this.path, 'utf8')) }
  async get (key) { return this.read()[key] }
  async put (key, value) { fs.writeFileSync(this.path, JSON.stringify({ ...this.read(), [key]: value })) }
  async del (key) { await this.put(key) }
}
