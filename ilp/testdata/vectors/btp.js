'use strict'

// Vectors of BTP frames.

const { peers, random, blob, mutants, octets, judge } = require('./common')
const BTP = peers('btp-packet')
const { ilpAndCustomToProtocolData, protocolDataToIlpAndCustom } = peers('ilp-plugin-btp/build/protocol-data-converter')
const { Reader } = peers('oer-utils')

const entry = (protocolName, contentType, data) => ({ protocolName, contentType, data: Buffer.from(data) })
const ilp = data => entry('ilp', 0, data)

const failure = {
  code: 'F00',
  name: 'NotAcceptedError',
  triggeredAt: '2026-03-01T12:34:56.789Z',
  data: '{"message":"no"}',
  protocolData: []
}

// frames are the well-formed frames, by name.
function frames (r) {
  const all = {}
  const message = (name, protocolData, type = BTP.TYPE_MESSAGE, requestId = 0x01020304) => {
    all[name] = { type, requestId, data: { protocolData } }
  }
  for (const n of [0, 1, 127, 128, 255, 256, 32767]) {
    message(`message with a packet of ${n} bytes`, [ilp(Buffer.alloc(n, 0x0c))])
    message(`response with a packet of ${n} bytes`, [ilp(Buffer.alloc(n, 0x0d))], BTP.TYPE_RESPONSE, n)
  }
  for (const id of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]) message('request id ' + id, [ilp('x')], BTP.TYPE_MESSAGE, id)
  message('message of nothing', [])
  message('response of nothing', [], BTP.TYPE_RESPONSE)
  message('two ilp entries', [ilp('first'), ilp('last')])
  message('two ilp entries with others', [entry('a', 1, 'x'), ilp('first'), entry('b', 2, '{"y":1}'), ilp('last'), entry('c', 0, '')])
  message('side protocols only', [entry('claim', 2, '{"amount":"1"}'), entry('info', 0, [2])])
  message('unknown content types', [entry('ilp', 3, 'x'), entry('ilp', 255, 'y')])
  message('no names, no data', [entry('', 0, ''), entry('', 1, '')])
  message('name of 128 bytes', [entry('n'.repeat(128), 0, 'x')])
  message('255 entries', Array.from({ length: 255 }, () => entry('', 0, '')))
  message('256 entries', Array.from({ length: 256 }, () => entry('', 0, '')))
  for (const amount of ['0', '1', '9223372036854775808', '18446744073709551615']) {
    all['transfer of ' + amount] = { type: BTP.TYPE_TRANSFER, requestId: 7, data: { amount, protocolData: [entry('claim', 2, '{}')] } }
  }
  all['transfer of nothing else'] = { type: BTP.TYPE_TRANSFER, requestId: 8, data: { amount: '5', protocolData: [] } }
  for (const [name, fields] of Object.entries({
    'error': {},
    'error of nothing': { name: '', data: '' },
    'error at the epoch': { triggeredAt: '1970-01-01T00:00:00.000Z' },
    'error with long data': { data: 'd'.repeat(300) },
    'error beyond ascii': { data: 'größer \u{1f4b8} \u2028 "q" \\ / \u0000\b\t\n\f\r\u001f\u007f\u0080' },
    'error with protocol data': { code: 'T00', name: 'UnreachableError', protocolData: [ilp([0, 127, 255]), entry('q"', 1, '')] }
  })) {
    all[name] = { type: BTP.TYPE_ERROR, requestId: 99, data: { ...failure, ...fields } }
  }
  for (let i = 0; i < 15; i++) {
    message('random ' + i, Array.from({ length: r.below(4) }, () => entry(r.bytes(r.below(5)).toString('hex'), r.below(4), r.bytes(r.below(30)))),
      r.pick([BTP.TYPE_MESSAGE, BTP.TYPE_RESPONSE]), r.below(2 ** 32))
  }
  return all
}

function btp () {
  const r = random(4)
  const all = frames(r)
  const cases = Object.entries(all).map(([name, frame]) => {
    const packet = BTP.serialize(frame)
    return { name, packet: blob(packet), ...describe(packet) }
  })
  const auth = [['', ''], ['alice', 'secret'], ['', 'shh'], ['groß', 'p%40ss \u{1f4b8}'], ['a'.repeat(200), 't'.repeat(300)]].map(([account, token]) => {
    const protocolMap = { auth: Buffer.from([]), auth_username: account, auth_token: token }
    const packet = BTP.serializeMessage(5, ilpAndCustomToProtocolData({ protocolMap }))
    return { account, token, packet: blob(packet) }
  })

  const list = Object.entries(craft()).map(([name, [packet, differs]]) => judge(packet, describe, differs, name))
  const short = ['message with a packet of 1 bytes', 'two ilp entries with others', 'transfer of 1', 'error', 'error with protocol data',
    'response of nothing'].map(name => BTP.serialize(all[name]))
  for (const p of mutants(r, short, 250)) list.push(judge(p, describe))
  return { cases, auth, judged: list }
}

// craft makes frames by hand, each perhaps with the reason for which ours
// decides otherwise.
function craft () {
  const one = BTP.serializeMessage(1, [ilp('abc')])
  const contents = one.slice(6)
  const message = (data, prefixBytes) => Buffer.concat([Buffer.from([6, 0, 0, 0, 1]), octets(data, prefixBytes)])
  const hex = text => Buffer.from(text, 'hex')
  const error = (code, name, at, data) => Buffer.concat([Buffer.from([2, 0, 0, 0, 1]),
    octets(Buffer.concat([Buffer.from(code), octets(name), octets(at), octets(data), hex('0100')]))])
  const at = text => [error('F00', 'N', text, '{}')]
  const text = data => [error('F00', 'N', '20260301123456.789Z', hex(data))]
  const made = {
    'no bytes': [Buffer.alloc(0)],
    'bytes after the frame': [Buffer.concat([one, hex('00ff')])],
    'bytes after the protocol data': [message(Buffer.concat([contents, hex('0102')]))],
    'length not canonical': [message(contents, 1)],
    'length of 5 bytes': [message(Buffer.concat([contents, Buffer.alloc(200)]), 5), 'length prefix with leading zeros'],
    'length of 7 bytes': [hex('0600000001870000000000000100')],
    'count of 0 bytes': [message(hex('00'))],
    'count of 2 bytes': [message(hex('02000103696c7000016a'))],
    'count of 6 bytes': [message(hex('0600000000000103696c7000016a'))],
    'count of 7 bytes': [message(hex('070000000000000103696c7000016a'))],
    'count too high': [message(hex('010203696c7000016a'))],
    'count too low': [message(hex('010003696c7000016a'))],
    'absurd count': [message(hex('06ffffffffffff03696c7000016a'))],
    'no count': [message(Buffer.alloc(0))],
    'entry of a high bit': [message(hex('010103e9ecf00000'))],
    'error of high bits': [error(hex('c6b0b0'), hex('ce'), '20260301123456.789Z', 'x')],
    'error with a code of two bytes': [hex('020000000102' + '4630')],
    'time without fraction': at('20260301123456Z'),
    'time of no digits': at('yesterday'),
    'no time': at(''),
    'time with a comma': at('20260301123456,789Z'),
    'time in month 13': at('20261301123456.789Z'),
    'time on day 32': at('20260132123456.789Z'),
    'time in minute 60': at('20260101126056.789Z'),
    'time on the 30th of February': at('20260230123456.789Z'),
    'time of hour 24': at('20260301240000.000Z'),
    'time in year 0': at('00000301123456.789Z')
  }
  for (const data of ['ff', 'c3', 'c328', 'c0af', 'e28261', 'e282', 'e28041', 'eda080', 'eda0', 'f09f9861', 'f09f98', 'f09f', 'f08080af', 'f4908080',
    'f4', 'f888808080', 'efbbbf41', '80bf', 'e0809f', 'e0a0', 'f1808041', 'f18041', 'c2e282ac', 'f0e282ac']) {
    made['data of bytes ' + data] = text(data)
  }
  return made
}

function describe (packet) {
  const { type, requestId, data } = BTP.deserialize(packet)
  const entries = data.protocolData.map(p => ({ name: p.protocolName, contentType: p.contentType, data: blob(p.data) }))
  const out = { type, requestId, entries: entries.length < 20 ? entries : undefined, count: entries.length }
  const ilps = data.protocolData.filter(p => p.protocolName === 'ilp')
  if (ilps.length > 1 && type !== BTP.TYPE_ERROR && ilps.every(p => p.contentType === 0)) {
    const unchanged = BTP.serialize({ type, requestId, data }).equals(packet) // no name lost a high bit
    if (unchanged) out.first = blob(ilps[0].data)
    if (unchanged) out.last = blob(protocolDataToIlpAndCustom({ protocolData: ilps }).ilp)
  }
  if (type === BTP.TYPE_TRANSFER) out.amount = data.amount
  if (type === BTP.TYPE_ERROR) {
    const { code, name, triggeredAt, data: text } = data
    out.error = { code, name, triggeredAt: isNaN(triggeredAt) ? undefined : triggeredAt.getTime(), data: text }
    if (faithful(packet, triggeredAt)) out.json = JSON.stringify(data)
  }
  return out
}

// faithful tells whether the time of an error is read as it is written: a
// generalized time that names a real date, or no date at all. Ours gives null
// for the times between, which JavaScript rolls over or guesses.
function faithful (packet, triggeredAt) {
  const r = new Reader(packet)
  r.skip(5)
  const contents = new Reader(r.readVarOctetString())
  contents.skip(3)
  contents.readVarOctetString()
  const written = contents.readVarOctetString().toString('latin1')
  return isNaN(triggeredAt) || triggeredAt.toISOString().replace(/[-T:]/g, '') === written
}

module.exports = { btp }
