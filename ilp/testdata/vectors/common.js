'use strict'

// What the generators share: the peers' packages, a random source that always
// says the same, broken copies of packets, and bytes as text.

const { createRequire } = require('module')
const path = require('path')

const peers = createRequire(path.join(__dirname, '../../../test/peers/package.json'))

// random is a source of 32-bit numbers (xorshift).
function random (seed) {
  let x = seed
  const next = () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return x >>> 0
  }
  return {
    below: n => next() % n,
    pick: list => list[next() % list.length],
    bytes: n => Buffer.from(Array.from({ length: n }, () => next() >>> 24))
  }
}

// blob writes bytes as hex; a run of equal bytes becomes "aa*count", with
// spaces around it.
function blob (bytes) {
  const runMin = 12
  const out = []
  let plain = ''
  for (let i = 0; i < bytes.length;) {
    let end = i
    while (end < bytes.length && bytes[end] === bytes[i]) end++
    const hex = bytes.slice(i, i + 1).toString('hex')
    if (end - i < runMin) {
      plain += hex.repeat(end - i)
    } else {
      if (plain) out.push(plain)
      plain = ''
      out.push(`${hex}*${end - i}`)
    }
    i = end
  }
  if (plain) out.push(plain)
  return out.join(' ')
}

// edges are bytes that mean something in a length or a character set.
const edges = [0x00, 0x01, 0x2e, 0x30, 0x39, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x85, 0x87, 0xff]

const mutations = [
  (r, b, at) => { b[at] = r.below(256); return b },
  (r, b, at) => { b[at] ^= 1 << r.below(8); return b },
  (r, b, at) => { b[at] += r.pick([1, -1]); return b },
  (r, b, at) => { b[at] = r.pick(edges); return b },
  (r, b, at) => b.slice(0, at),
  (r, b, at) => Buffer.concat([b.slice(0, at), b.slice(at + 1)]),
  (r, b, at) => Buffer.concat([b.slice(0, at), r.bytes(1), b.slice(at)]),
  (r, b, at) => Buffer.concat([b, r.bytes(1 + r.below(3))])
]

// mutants are count broken copies of the packets, each broken once or twice.
function mutants (r, packets, count) {
  return Array.from({ length: count }, () => {
    let b = Buffer.from(r.pick(packets))
    for (let n = 1 + r.below(2); n > 0; n--) {
      if (b.length > 0) b = r.pick(mutations)(r, b, r.below(b.length))
    }
    return b
  })
}

// octets writes a length prefix and the bytes. The prefix has as many bytes
// after its first as are asked for, canonical or not, or the fewest possible.
function octets (data, prefixBytes) {
  const bytes = Buffer.from(data, 'latin1')
  const n = bytes.length
  if (prefixBytes === undefined) prefixBytes = n < 0x80 ? 0 : n < 0x100 ? 1 : 2
  if (prefixBytes === 0) return Buffer.concat([Buffer.from([n]), bytes])
  const prefix = Buffer.alloc(1 + prefixBytes)
  prefix[0] = 0x80 | prefixBytes
  prefix.writeUIntBE(n, 1, prefixBytes)
  return Buffer.concat([prefix, bytes])
}

// judge says what describe makes of a packet: the fields, or that it refuses.
// differs names the on-purpose difference if ours decides otherwise.
function judge (packet, describe, differs, name) {
  let verdict
  try {
    verdict = { ok: true, ...describe(packet) }
  } catch (err) {
    verdict = { ok: false }
  }
  return { name, packet: blob(packet), differs, ...verdict }
}

// highBit tells whether characters would lose their eighth bit.
const highBit = bytes => bytes.some(c => c > 0x7f)

module.exports = { peers, random, blob, mutants, octets, judge, highBit }
