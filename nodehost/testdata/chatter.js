'use strict'
// A middleware that prints, fails and rejects, as its options say.
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
