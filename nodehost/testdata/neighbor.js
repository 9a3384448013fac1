'use strict'
// A second one in the same folder, so that only its file tells it from the first.
module.exports = class {
  constructor (opts) {
    this.opts = opts
    if (opts.prints) for (let i = 0; i < opts.prints; i++) console.log('line ' + i)
    if (opts.rejects) Promise.reject(new TypeError('nobody\nlistens'))
    if (opts.throws) throw new TypeError('first\nsecond')
  }

  applyToPipelines () {
    if (this.opts.fails) this.opts.nothing.at(0)
  }
}
