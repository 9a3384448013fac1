'use strict'
// A backend whose rates are in its options, by pairs of accounts.
class TestBackend {
  constructor (opts, api) {
    this.opts = opts
    this.api = api
    this.told = []
  }

  async connect () {
    if (this.opts.throws === 'connect') throw new Error('nobody is there')
    if (this.opts.throws === 'once') {
      this.opts.throws = undefined
      throw new Error('not yet')
    }
    if (this.opts.throws === 'never') return new Promise(() => {})
  }

  async getRate (from, to) {
    const rate = this.opts.rates[from + ' ' + to]
    switch (rate) {
      case undefined: throw new Error('unable to get rate. to=' + to)
      case 'NaN': return NaN
      case 'coded': throw Object.assign(new Error('later'), { ilpErrorCode: 'T99' })
      case 'told': return this.told.length
      case 'packet': return this.packet
      case 'never': return new Promise(() => {})
      case 'big': return { toFixed: () => '123456789012345678901234567890.5' }
      case 'asset': return this.api.getInfo(from).assetScale
    }
    return rate
  }

  // submitPacket keeps what a test can tell of a packet as a rate.
  async submitPacket ({ sourceAccount, sourceAmount, destinationAccount, destinationAmount, parsedPacket: p, result }) {
    const right = sourceAccount === 'a' && destinationAccount === 'b' && Buffer.isBuffer(p.executionCondition) &&
      p.executionCondition.length === 32 && p.destination === 'test.b.x' && p.data.length === 300 && p.expiresAt.getTime() === 1700000000123
    this.packet = `${right ? 1 : 0}${sourceAmount}${destinationAmount}.${p.amount}${result[0]}`
  }

  async submitPayment (payment) {
    this.told.push(payment)
    throw new Error('which harms nobody')
  }
}
module.exports = { default: TestBackend }
