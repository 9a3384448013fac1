'use strict'

// Vectors of CCP: route control, route update and their answer.

const { peers, random, blob, mutants, octets, judge, highBit } = require('./common')
const ILP = peers('ilp-packet')
const CCP = peers('ilp-protocol-ccp')
const { Reader } = peers('oer-utils')

const now = Date.parse('2026-03-01T12:34:56.789Z')
const address = /^(g|private|example|peer|self|test[1-3]?|local)([.][a-zA-Z0-9_~-]+)+$/

// The most entries that ours takes.
const limits = { features: 32, routes: 1000, hops: Infinity, props: 32, withdrawn: 4000 }

// The most hops that ours believes.
const hopsMax = 64

const noTable = '00000000-0000-0000-0000-000000000000'
const table = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'
const hop = n => 'test.' + 'abcdefgh'[n % 8] + n
const times = (n, make) => Array.from({ length: n }, (_, i) => make(i))

// controlCases are well-formed route controls, by name.
function controlCases (r) {
  const plain = { mode: CCP.Mode.MODE_SYNC, lastKnownRoutingTableId: noTable, lastKnownEpoch: 0, features: [] }
  const cases = {
    'first sync': plain,
    'idle': { ...plain, mode: CCP.Mode.MODE_IDLE },
    'later sync': { ...plain, lastKnownRoutingTableId: table, lastKnownEpoch: 77 },
    'highest epoch': { ...plain, lastKnownRoutingTableId: 'ffffffff-ffff-ffff-ffff-ffffffffffff', lastKnownEpoch: 0xffffffff },
    'features': { ...plain, features: ['foo', '', 'größe \u{1f4b8}', 'f'.repeat(128), 'f'.repeat(256)] },
    'as many features as ours takes': { ...plain, features: times(limits.features, i => 'f' + i) }
  }
  for (let i = 0; i < 8; i++) {
    cases['random ' + i] = {
      mode: r.below(2), lastKnownRoutingTableId: uuid(r.bytes(16)), lastKnownEpoch: r.below(2 ** 32), features: times(r.below(4), () => r.bytes(3).toString('hex'))
    }
  }
  return cases
}

const uuid = bytes => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

const route = (prefix, path, fields) => ({ prefix, path, auth: Buffer.alloc(32, 0xa5), props: [], ...fields })
const prop = (flags, id, value) => {
  const isUtf8 = Boolean(flags & 0x10)
  const bytes = Buffer.from(value, 'utf8')
  return {
    isOptional: Boolean(flags & 0x80), isTransitive: Boolean(flags & 0x40), isPartial: Boolean(flags & 0x20), isUtf8, id, value: isUtf8 ? value : bytes
  }
}

const plainUpdate = {
  routingTableId: table, currentEpochIndex: 12, fromEpochIndex: 10, toEpochIndex: 12, holdDownTime: 45000, speaker: 'test.speaker', newRoutes: [], withdrawnRoutes: []
}

// updateCases are well-formed route updates, by name.
function updateCases (r) {
  const cases = {}
  const add = (name, fields) => { cases[name] = { ...plainUpdate, ...fields } }
  add('heartbeat', {})
  add('first update', { fromEpochIndex: 0, toEpochIndex: 1, newRoutes: [route('test.speaker', ['test.speaker'])] })
  add('highest numbers', {
    routingTableId: 'ffffffff-ffff-ffff-ffff-ffffffffffff', currentEpochIndex: 0xffffffff, fromEpochIndex: 0xfffffffe, toEpochIndex: 0xfffffffd, holdDownTime: 0xfffffffc
  })
  add('withdrawals', { withdrawnRoutes: ['test.a', 'test.b.c~d-e_F', 'g'] })
  add('routes and withdrawals', { newRoutes: [route('test.a', ['test.speaker', 'test.a']), route('test.b', ['test.speaker'])], withdrawnRoutes: ['test.c'] })
  add('route without path', { newRoutes: [route('test.a', [])] })
  add('longest path that ours takes', { newRoutes: [route('test.a', times(hopsMax, hop))] })
  add('50 routes that share hops', { newRoutes: times(50, i => route('test.net' + i, ['test.speaker', hop(i % 3), hop(3 + i % 5)])) })
  for (const n of [127, 128, 255, 256, 1023]) {
    const long = 'g.' + 'a'.repeat(n - 2)
    add(`addresses of ${n} bytes`, { speaker: long, newRoutes: [route(long, [long])], withdrawnRoutes: [long] })
  }
  for (const n of [255, 256]) add(`${n} withdrawals`, { withdrawnRoutes: times(n, i => 'g.' + i) })
  add('256 routes', { newRoutes: times(256, i => route('g.' + i, [], { auth: Buffer.alloc(32) })) })
  const written = [0x40, 0x50, 0x80, 0x90, 0xc0, 0xd0, 0xe0, 0xf0] // combinations that are written as they are
  add('props', { newRoutes: [route('test.a', ['test.speaker'], { props: written.map((flags, i) => prop(flags, i * 9362, 'v'.repeat(i))) })] })
  add('props beyond ascii', { newRoutes: [route('test.a', ['test.speaker'], { props: [prop(0x50, 1, 'größe \u{1f4b8}'), prop(0x40, 0xffff, '\u20ac')] })] })
  add('long props', { newRoutes: [route('test.a', [], { props: [127, 128, 256].map(n => prop(0xd0, n, 'p'.repeat(n))) })] })
  add('as many props as ours takes', { newRoutes: [route('test.a', [], { props: times(limits.props, i => prop(0x40, i, '')) })] })
  for (let i = 0; i < 15; i++) {
    add('random ' + i, {
      routingTableId: uuid(r.bytes(16)),
      currentEpochIndex: r.below(2 ** 32),
      holdDownTime: r.below(2 ** 32),
      newRoutes: times(r.below(5), () => route('test.' + r.bytes(2).toString('hex'), times(r.below(4), () => hop(r.below(100))), {
        auth: r.bytes(32),
        props: times(r.below(3), () => prop(r.pick(written), r.below(2 ** 16), r.bytes(3).toString('hex')))
      })),
      withdrawnRoutes: times(r.below(4), () => 'test.' + r.bytes(2).toString('hex'))
    })
  }
  return cases
}

function ccp () {
  const r = random(7)
  const controls = controlCases(r)
  const updates = updateCases(r)
  const packet = (construct, request) => ILP.serializeIlpPrepare({ ...construct(request), expiresAt: new Date(now) })
  return {
    controls: Object.entries(controls).map(([name, request]) => {
      const data = CCP.serializeCcpRouteControlRequestPayload(request)
      return { name, ...describeControl(data), packet: blob(packet(CCP.constructCcpRouteControlRequest, request)) }
    }),
    updates: Object.entries(updates).map(([name, request]) => {
      const data = CCP.serializeCcpRouteUpdateRequestPayload(request)
      return { name, ...describeUpdate(data), packet: blob(packet(CCP.constructCcpRouteUpdateRequest, request)) }
    }),
    flags: times(16, i => {
      const { isOptional, isTransitive, isPartial, isUtf8 } = prop(i << 4, 0, '')
      const newRoutes = [route('g', [], { props: [prop(i << 4, 0, '')] })]
      const data = CCP.serializeCcpRouteUpdateRequestPayload({ ...plainUpdate, newRoutes, withdrawnRoutes: [] })
      return { isOptional, isTransitive, isPartial, isUtf8, written: data[data.length - 6] }
    }),
    judgedControls: judgedControls(r, controls),
    judgedUpdates: judgedUpdates(r, updates),
    requests: requests(controls, updates),
    responses: responses()
  }
}

function describeControl (data) {
  const { mode, lastKnownRoutingTableId, lastKnownEpoch, features } = CCP.deserializeCcpRouteControlRequestPayload(data)
  return { mode, tableId: lastKnownRoutingTableId, epoch: lastKnownEpoch, features }
}

function describeUpdate (data) {
  const u = CCP.deserializeCcpRouteUpdateRequestPayload(data)
  return {
    tableId: u.routingTableId,
    epochs: [u.currentEpochIndex, u.fromEpochIndex, u.toEpochIndex],
    holdDownTime: u.holdDownTime,
    speaker: u.speaker,
    newRoutes: u.newRoutes.map(({ prefix, path, auth, props }) => ({
      prefix, path, auth: blob(auth), props: props.map(p => ({ ...p, value: blob(Buffer.from(p.value)) }))
    })),
    withdrawnRoutes: u.withdrawnRoutes
  }
}

// judgeData judges the data of a request. What ours decides otherwise needs no
// fields.
function judgeData (data, describe, differs, name) {
  const reason = differs(data)
  return judge(data, reason ? data => { describe(data) } : describe, reason, name)
}

function judgedControls (r, cases) {
  const data = name => CCP.serializeCcpRouteControlRequestPayload(cases[name])
  const head = data('later sync').slice(0, 21)
  const features = hex => Buffer.concat([head, Buffer.from(hex, 'hex')])
  const many = n => CCP.serializeCcpRouteControlRequestPayload({ ...cases.idle, features: times(n, () => 'f') })
  const crafted = {
    'no data': Buffer.alloc(0),
    'bytes afterwards': Buffer.concat([data('later sync'), Buffer.from([1, 2])]),
    'unknown mode': Buffer.concat([Buffer.from([7]), head.slice(1), Buffer.from([1, 0])]),
    'no features': head,
    'count of no bytes': features('00'),
    'count of 2 bytes': features('0200010161'),
    'count of 6 bytes': features('060000000000010161'),
    'count of 7 bytes': features('07000000000000010161'),
    'count too high': features('01020161'),
    'count too low': features('010001610162'),
    'absurd count': features('06ffffffffffff0161'),
    'feature not canonical': features('0101810161'),
    'feature with a length of 5 bytes': Buffer.concat([head, Buffer.from([1, 1]), octets('f'.repeat(200), 5)]),
    'feature that is not UTF-8': features('010102c328'),
    'one feature too many': many(limits.features + 1)
  }
  const list = Object.entries(crafted).map(([name, d]) => judgeData(d, describeControl, controlDiffers, name))
  for (const d of mutants(r, [data('later sync'), data('random 1'), features('0103016101620163')], 120)) list.push(judgeData(d, describeControl, controlDiffers))
  return list
}

function judgedUpdates (r, cases) {
  const serialize = fields => CCP.serializeCcpRouteUpdateRequestPayload({ ...plainUpdate, ...fields })
  const prefixed = prefix => serialize({ newRoutes: [route(prefix, ['test.speaker'])] })
  const hopped = address => serialize({ newRoutes: [route('test.a', ['test.speaker', address])] })
  const raw = (...parts) => Buffer.concat([serialize({}).slice(0, 32), ...parts.map(p => Buffer.from(p, 'latin1'))])
  const speaker = octets('test.a')
  const text = value => raw(speaker, [1, 1], octets('g.a'), [1, 0], Buffer.alloc(32), [1, 1, 0x50, 0, 0], octets(value), [1, 0])
  const absurd = Buffer.from('06ffffffffffff', 'hex')
  const crafted = {
    'no data': Buffer.alloc(0),
    'bytes afterwards': Buffer.concat([serialize({}), Buffer.from([1, 2])]),
    'no counts': raw(speaker),
    'no withdrawals': raw(speaker, [1, 0]),
    'counts of 6 bytes': raw(speaker, Buffer.alloc(7).fill(6, 0, 1), Buffer.alloc(7).fill(6, 0, 1)),
    'counts of 7 bytes': raw(speaker, Buffer.alloc(8).fill(7, 0, 1), [1, 0]),
    'absurd routes': raw(speaker, absurd, Buffer.alloc(300)),
    'absurd path': raw(speaker, [1, 1], octets('g.a'), absurd, Buffer.alloc(300)),
    'absurd props': raw(speaker, [1, 1], octets('g.a'), [1, 0], Buffer.alloc(32), absurd, Buffer.alloc(300)),
    'absurd withdrawals': raw(speaker, [1, 0], absurd, Buffer.alloc(300)),
    'auth of 31 bytes': raw(speaker, [1, 1], octets('g.a'), [1, 0], Buffer.alloc(31)),
    'flags that mean nothing': raw(speaker, [1, 1], octets('g.a'), [1, 0], Buffer.alloc(32), [1, 1, 0x2f, 1, 2, 1, 3, 1, 0]),
    'speaker not canonical': raw(octets(speaker.slice(1), 1), [1, 0, 1, 0]),
    'speaker with a length of 5 bytes': raw(octets('g.' + 'a'.repeat(198), 5), [1, 0, 1, 0]),
    'speaker of a high bit': raw(octets('test.\xe1'), [1, 0, 1, 0]),
    'prefix of a high bit': raw(speaker, [1, 1], octets('test.\xe1'), [1, 0], Buffer.alloc(32), [1, 0, 1, 0]),
    'hop of a high bit': raw(speaker, [1, 1], octets('g.a'), [1, 1], octets('test.\xe1'), Buffer.alloc(32), [1, 0, 1, 0]),
    'withdrawal of a high bit': raw(speaker, [1, 0, 1, 1], octets('test.\xe1')),
    'prop that is not UTF-8': text('\xc3\x28'),
    'prop of a byte order mark': text('\xef\xbb\xbfx'),
    'one route too many': serialize({ newRoutes: times(limits.routes + 1, () => route('g', [], { auth: Buffer.alloc(32) })) }),
    'one hop too many': serialize({ newRoutes: [route('test.a', times(hopsMax + 1, hop))] }),
    'one prop too many': serialize({ newRoutes: [route('test.a', [], { props: times(limits.props + 1, i => prop(0x40, i, '')) })] }),
    'one withdrawal too many': serialize({ withdrawnRoutes: times(limits.withdrawn + 1, () => 'g') })
  }
  const long = 'g.' + 'a'.repeat(1022)
  for (const text of ['', 'test', 'unknown', 'test.', '.a', 'test..a', 'test.a b', 'test4.a', 'peer.route', long]) {
    const name = text.length > 100 ? `of ${text.length} bytes` : JSON.stringify(text)
    crafted['speaker ' + name] = serialize({ speaker: text })
    crafted['prefix ' + name] = prefixed(text)
    crafted['hop ' + name] = hopped(text)
    crafted['withdrawal ' + name] = serialize({ withdrawnRoutes: [text] })
  }
  const list = Object.entries(crafted).map(([name, d]) => ({ ...judgeData(d, describeUpdate, updateDiffers, name), lost: lost(d) }))
  const short = ['heartbeat', 'withdrawals', 'routes and withdrawals', 'props', 'random 0', 'random 1'].map(name => serialize(cases[name]))
  for (const d of mutants(r, short, 300)) list.push({ ...judgeData(d, describeUpdate, updateDiffers), lost: lost(d) })
  return list
}

// walker reads data again to find the reason for which ours decides otherwise. It
// is asked only about data that the reference takes.
function walker (data, skip) {
  const r = new Reader(data)
  r.skip(skip)
  let reason
  let lost = false
  const note = (wrong, text) => { if (wrong && !reason) reason = text }
  const bytes = () => {
    note(data[r.cursor] >= 0x85, 'length prefix with leading zeros')
    return r.readVarOctetString()
  }
  return {
    skip: n => r.skip(n),
    flags: () => r.readUInt8Number(),
    reason: () => reason,
    text: () => {
      const b = bytes()
      note(!Buffer.from(b.toString('utf8')).equals(b), 'text that is not UTF-8')
    },
    octets: bytes,
    plain: () => { lost = highBit(bytes()) || lost },
    lost: () => lost,
    name: (what, pattern) => {
      const b = bytes()
      note(highBit(b), 'address byte over 127')
      note(b.length > 1023 || !pattern.test(b.toString('latin1')), `${what} that is none`)
    },
    each: (what, read) => {
      const n = r.readVarUIntNumber()
      note(n > limits[what], `more than ${limits[what]} ${what}`)
      for (let i = 0; i < n; i++) read()
    }
  }
}

function controlDiffers (data) {
  if (!takes(CCP.deserializeCcpRouteControlRequestPayload, data)) return
  const w = walker(data, 21)
  w.each('features', w.text)
  return w.reason()
}

const updateDiffers = data => walkUpdate(data, w => w.reason())

// lost tells whether the reference reads an entry without the eighth bits, so that
// it cannot say what is to be left out.
const lost = data => walkUpdate(data, w => w.lost() || undefined)

function walkUpdate (data, found) {
  if (!takes(CCP.deserializeCcpRouteUpdateRequestPayload, data)) return
  const w = walker(data, 32)
  w.name('speaker', address)
  // A bad prefix or hop costs its route alone: the Go test knows.
  w.each('routes', () => {
    w.plain()
    w.each('hops', w.plain)
    w.skip(32)
    w.each('props', () => {
      const isText = w.flags() & 0x10
      w.skip(2)
      isText ? w.text() : w.octets()
    })
  })
  w.each('withdrawn', w.plain)
  return found(w)
}

function takes (read, data) {
  try {
    read(data)
    return true
  } catch (err) {
    return false
  }
}

// requests are whole packets, each read as the request it should be, with the
// error's text.
function requests (controls, updates) {
  const expiresAt = new Date(now + 60000)
  const good = {
    control: { ...CCP.constructCcpRouteControlRequest(controls['first sync']), expiresAt },
    update: { ...CCP.constructCcpRouteUpdateRequest(updates['first update']), expiresAt }
  }
  const read = { control: CCP.deserializeCcpRouteControlRequest, update: CCP.deserializeCcpRouteUpdateRequest }
  const faults = {
    'good': {},
    'an amount': { amount: '5' },
    'last moment': { expiresAt: new Date(now) },
    'a moment late': { expiresAt: new Date(now - 1) },
    'another destination': { destination: 'peer.route.other' },
    'another condition': { executionCondition: Buffer.alloc(32, 1) },
    'everything wrong': { destination: 'peer.config', executionCondition: Buffer.alloc(32), expiresAt: new Date(now - 1) },
    'condition and expiry wrong': { executionCondition: Buffer.alloc(32), expiresAt: new Date(now - 1) },
    'late and without data': { expiresAt: new Date(now - 1), data: Buffer.alloc(0) }
  }
  const list = []
  for (const kind of ['control', 'update']) {
    const other = kind === 'control' ? 'update' : 'control'
    const all = { ...faults, 'the other request': good[other] }
    for (const [name, fault] of Object.entries(all)) {
      const packet = ILP.serializeIlpPrepare({ ...good[kind], ...fault })
      list.push({ name: `${kind}: ${name}`, kind, now, packet: blob(packet), ...verdictAt(now, () => read[kind](packet)) })
    }
  }
  return list
}

// verdictAt tells whether read throws, and what, at the given time.
function verdictAt (at, read) {
  const clock = Date.now
  Date.now = () => at
  try {
    read()
    return { ok: true }
  } catch (err) {
    return { ok: false, error: err.message }
  } finally {
    Date.now = clock
  }
}

function responses () {
  const fulfill = (fill, data) => ILP.serializeIlpFulfill({ fulfillment: Buffer.alloc(32, fill), data: Buffer.from(data) })
  const packets = {
    'the answer': CCP.serializeCcpResponse(),
    'with data': fulfill(0, 'data'),
    'another fulfillment': fulfill(1, ''),
    'a reject': ILP.serializeIlpReject({ code: 'F00', triggeredBy: 'g.a', message: 'no', data: Buffer.alloc(0) })
  }
  return Object.entries(packets).map(([name, packet]) => judge(packet, p => CCP.deserializeCcpResponse(p), undefined, name))
}

module.exports = { ccp }
