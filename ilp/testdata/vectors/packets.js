'use strict'

// Vectors of the three ILP packets.

const { peers, random, blob, mutants, octets, judge, highBit } = require('./common')
const ILP = peers('ilp-packet')
const { Reader } = peers('oer-utils')

const uint64Max = '18446744073709551615'
const sizes = [0, 1, 127, 128, 255, 256, 32767]
const condition = Buffer.from('66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925', 'hex')
const long = (scheme, n) => scheme + '.' + 'a'.repeat(n - scheme.length - 1)

const standard = {
  amount: '107',
  executionCondition: condition,
  expiresAt: new Date('2026-03-01T12:34:56.789Z'),
  destination: 'example.alice',
  data: Buffer.from('68656c6c6f', 'hex')
}

function prepare () {
  const r = random(1)
  const cases = []
  const add = (name, fields) => {
    const p = { ...standard, ...fields }
    cases.push({ name, ...describePrepare(ILP.serializeIlpPrepare(p)), packet: blob(ILP.serializeIlpPrepare(p)) })
  }
  for (const amount of ['0', '1', '255', '4294967296', '9223372036854775807', '9223372036854775808', uint64Max]) {
    add('amount ' + amount, { amount })
  }
  for (const n of sizes) add(`data of ${n} bytes`, { data: Buffer.alloc(n, 0x5a) })
  for (const n of [127, 128, 255, 256, 1023]) add(`address of ${n} bytes`, { destination: long('g', n) })
  for (const scheme of ['g', 'private', 'example', 'peer', 'self', 'test', 'test1', 'test2', 'test3', 'local']) {
    add('scheme ' + scheme, { destination: scheme + '.us~a-b_C.0' })
  }
  for (const at of ['1970-01-01T00:00:00.001Z', '1999-12-31T23:59:59.999Z', '2000-02-29T00:00:00.000Z',
    '2024-02-29T23:00:59.010Z', '2025-02-28T23:59:59.999Z', '2038-01-19T03:14:08.000Z', '2100-03-01T00:00:00.100Z', '9999-12-31T23:59:59.999Z']) {
    add('expires at ' + at, { expiresAt: new Date(at) })
  }
  for (let i = 0; i < 20; i++) {
    add('random ' + i, {
      amount: r.bytes(8).readBigUInt64BE().toString(),
      executionCondition: r.bytes(32),
      expiresAt: new Date(r.below(2 ** 32) * 1000 + r.below(1000)),
      destination: r.pick(['g', 'test1', 'private']) + '.' + r.bytes(1 + r.below(20)).toString('hex'),
      data: r.bytes(r.below(40))
    })
  }

  const packet = ILP.serializeIlpPrepare(standard)
  const contents = packet.slice(2)
  const withExpiry = text => Buffer.concat([packet.slice(0, 10), Buffer.from(text), packet.slice(27)])
  const withDestination = address => {
    const tail = Buffer.concat([contents.slice(0, 57), octets(address), octets(standard.data)])
    return Buffer.concat([Buffer.from([12]), octets(tail)])
  }
  const crafted = {
    'no bytes': Buffer.alloc(0),
    'bytes after the packet': Buffer.concat([packet, Buffer.from('0102', 'hex')]),
    'bytes after the data': Buffer.concat([Buffer.from([12]), octets(Buffer.concat([contents, Buffer.from('010203', 'hex')]))]),
    'length of 1 byte, not canonical': Buffer.concat([Buffer.from([12]), octets(contents, 1)]),
    'length of 2 bytes, not canonical': Buffer.concat([Buffer.from([12]), octets(contents, 2)]),
    'length of no bytes': Buffer.from([12, 0x80]),
    'length of 5 bytes': Buffer.concat([Buffer.from([12]), octets(Buffer.concat([contents, Buffer.alloc(100)]), 5)]),
    'length of 7 bytes': Buffer.from([12, 0x87, 0, 0, 0, 0, 0, 0, 1]),
    'absurd length': Buffer.from([12, 0x84, 0xff, 0xff, 0xff, 0xff, 1]),
    'address with a high bit': withDestination('example.alic\xe5')
  }
  for (const text of ['20261301000000000', '20260001000000000', '20260230000000000', '20260431000000000', '20250229000000000',
    '20260100000000000', '20260132000000000', '20260101240000000', '20260101006000000', '20260101000060000', '21000229000000000',
    '19700101000000000', '19691231235959999', '19000101000000000', '00500101000000000', '2026 1 1 0 0 0  0', '2026+1+1000000000',
    '202601010000001e1', '2026010100000000x', '-0260101000000000', '0x260101000000000']) {
    crafted['expiry ' + text] = withExpiry(text)
  }
  for (const address of ['', 'g', 'test', 'g.', '.a', 'g..a', 'g.a.', 'G.a', 'test4.a', 'test0.a', 'tes.a', 'tests.a', 'foo.a', 'g.a b',
    'g.a/b', 'g.a\n', 'g.\0', 'g.a\x7f', 'g.a@', 'peer.config', long('g', 1023), long('g', 1024)]) {
    crafted['address ' + (address.length > 100 ? `of ${address.length} bytes` : JSON.stringify(address))] = withDestination(address)
  }
  for (let type = 0; type < 20; type++) crafted['type ' + type] = Buffer.concat([Buffer.from([type]), packet.slice(1)])

  const judged = Object.entries(crafted).map(([name, p]) => judge(p, describePrepare, prepareDiffers(p), name))
  const short = [standard, { ...standard, data: Buffer.alloc(70, 1) }, { ...standard, destination: 'g.' + 'b'.repeat(130) }]
  for (const p of mutants(r, short.map(ILP.serializeIlpPrepare), 160)) judged.push(judge(p, describePrepare, prepareDiffers(p)))
  return { cases, judged }
}

function describePrepare (packet) {
  const p = ILP.deserializeIlpPrepare(packet)
  return {
    amount: p.amount,
    expiresAt: p.expiresAt.getTime(),
    condition: blob(p.executionCondition),
    destination: p.destination,
    data: blob(p.data)
  }
}

// prepareDiffers is the reason for which ours decides otherwise, if it does.
function prepareDiffers (packet) {
  let expiry, destination, p
  try {
    const r = new Reader(ILP.deserializeEnvelope(packet).contents)
    r.skip(8)
    expiry = r.read(17).toString('latin1')
    r.skip(32)
    destination = r.readVarOctetString()
    r.readVarOctetString()
    p = ILP.deserializeIlpPrepare(packet)
  } catch (err) {
    return err.message === 'invalid date' && expiry === '19700101000000000' ? 'the epoch is a date' : undefined
  }
  if (packet[1] >= 0x85) return 'length prefix with leading zeros'
  if (highBit(destination)) return 'address byte over 127'
  const written = p.expiresAt.toISOString().replace(/[-T:.Z]/g, '')
  if (written !== expiry || p.expiresAt < 0) return 'expiry that is no date, or before 1970'
}

function fulfill () {
  const r = random(2)
  const cases = []
  const add = (name, fulfillment, data) => {
    const packet = ILP.serializeIlpFulfill({ fulfillment, data })
    cases.push({ name, ...describeFulfill(packet), packet: blob(packet) })
  }
  for (const n of sizes) add(`data of ${n} bytes`, Buffer.alloc(32), Buffer.alloc(n, 0xa5))
  for (let i = 0; i < 10; i++) add('random ' + i, r.bytes(32), r.bytes(r.below(50)))
  const short = ILP.serializeIlpFulfill({ fulfillment: r.bytes(32), data: r.bytes(8) })
  const tail = Buffer.concat([short.slice(2), Buffer.from([1, 2])])
  const crafted = {
    'bytes after the packet': Buffer.concat([short, Buffer.from([9])]),
    'bytes after the data': Buffer.concat([Buffer.from([13]), octets(tail)]),
    'no data': Buffer.concat([Buffer.from([13]), octets(short.slice(2, 34))])
  }
  const judged = Object.entries(crafted).map(([name, p]) => judge(p, describeFulfill, undefined, name))
  for (const p of mutants(r, [short], 60)) judged.push(judge(p, describeFulfill))
  return { cases, judged }
}

function describeFulfill (packet) {
  const f = ILP.deserializeIlpFulfill(packet)
  return { fulfillment: blob(f.fulfillment), data: blob(f.data) }
}

function reject () {
  const r = random(3)
  const plain = { code: 'F02', triggeredBy: 'example.connector', message: 'no route found.', data: Buffer.alloc(0) }
  const cases = []
  const add = (name, fields) => {
    const packet = ILP.serializeIlpReject({ ...plain, ...fields })
    cases.push({ name, ...describeReject(packet), packet: blob(packet) })
  }
  for (const code of Object.values(ILP.IlpError)) add('code ' + code, { code })
  add('unknown code', { code: 'X7z' })
  for (const n of sizes) add(`data of ${n} bytes`, { data: Buffer.alloc(n, 0x11) })
  for (const n of [0, 1, 127, 128, 256]) add(`message of ${n} bytes`, { message: 'm'.repeat(n) })
  add('message beyond ascii', { message: 'zu groß \u{1f4b8} "quoted"\n' })
  add('nobody triggered', { triggeredBy: '' })
  add('longest address', { triggeredBy: long('test2', 1023) })

  const base = [plain, { ...plain, triggeredBy: '' }, { ...plain, data: r.bytes(16), message: 'größe' }].map(ILP.serializeIlpReject)
  const by = address => {
    const head = Buffer.concat([Buffer.from('F02'), octets(address), Buffer.from([0, 0])])
    return Buffer.concat([Buffer.from([14]), octets(head)])
  }
  const crafted = {
    'bytes after the packet': Buffer.concat([base[0], Buffer.from([9])]),
    'triggered by a bare scheme': by('test'),
    'triggered by no address': by('nobody'),
    'triggered by a high bit': by('g.\xe1')
  }
  const judged = Object.entries(crafted).map(([name, p]) => judge(p, describeReject, rejectDiffers(p), name))
  for (const p of mutants(r, base, 120)) judged.push(judge(p, describeReject, rejectDiffers(p)))
  return { cases, judged }
}

function describeReject (packet) {
  const p = ILP.deserializeIlpReject(packet)
  const raw = rawReject(packet)
  return { code: blob(raw.code), triggeredBy: p.triggeredBy, message: blob(raw.message), data: blob(p.data) }
}

// rawReject has the bytes that deserializing decodes.
function rawReject (packet) {
  const r = new Reader(ILP.deserializeEnvelope(packet).contents)
  return { code: r.read(3), triggeredBy: r.readVarOctetString(), message: r.readVarOctetString() }
}

function rejectDiffers (packet) {
  try {
    ILP.deserializeIlpReject(packet)
  } catch (err) {
    return
  }
  if (highBit(rawReject(packet).triggeredBy)) return 'address byte over 127'
}

module.exports = { prepare, fulfill, reject }
