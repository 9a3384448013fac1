'use strict'

// Vectors of the protocols between neighbors: ILDCP and echo.

const { peers, random, blob, mutants, octets, judge, highBit } = require('./common')
const ILP = peers('ilp-packet')
const ILDCP = peers('ilp-protocol-ildcp')
const { Reader } = peers('oer-utils')
const EchoMiddleware = peers('ilp-connector/dist/middlewares/echo').default

function ildcp () {
  const r = random(5)
  const requests = ['2026-03-01T12:34:56.789Z', '2000-01-01T00:00:00.000Z'].map(at => {
    const expiresAt = new Date(at)
    return { expiresAt: expiresAt.getTime(), packet: blob(ILDCP.serializeIldcpRequest({ expiresAt })) }
  })
  const infos = [
    { clientAddress: 'example.parent.child', assetScale: 9, assetCode: 'XRP' },
    { clientAddress: 'g.' + 'a'.repeat(1021), assetScale: 255, assetCode: '' },
    { clientAddress: 'test1.a', assetScale: 0, assetCode: 'größe €' },
    { clientAddress: 'private.b.c~d', assetScale: 2, assetCode: 'U'.repeat(200) }
  ]
  const packets = infos.map(ILDCP.serializeIldcpResponse)
  const responses = infos.map((info, i) => ({ ...info, packet: blob(packets[i]) }))

  const wrap = data => ILP.serializeIlpFulfill({ fulfillment: Buffer.alloc(32), data })
  const address = octets('g.a')
  const crafted = {
    'another fulfillment': ILP.serializeIlpFulfill({ fulfillment: Buffer.alloc(32, 1), data: packets[0].slice(35) }),
    'no data': wrap(Buffer.alloc(0)),
    'address only': wrap(address),
    'no asset code': wrap(Buffer.concat([address, Buffer.from([9])])),
    'bytes after the asset code': wrap(Buffer.concat([address, Buffer.from([9, 1, 0x58, 1, 2])])),
    'bad address': wrap(Buffer.concat([octets('test'), Buffer.from([9, 1, 0x58])])),
    'no address': wrap(Buffer.from([0, 9, 1, 0x58])),
    'high bit in the address': wrap(Buffer.concat([octets('g.\xe1'), Buffer.from([9, 1, 0x58])])),
    'asset code of broken bytes': wrap(Buffer.concat([address, Buffer.from([9, 2, 0x58, 0xff])])),
    'a reject': ILP.serializeIlpReject({ code: 'T00', triggeredBy: 'g.a', message: 'not now', data: Buffer.alloc(0) })
  }
  const judged = Object.entries(crafted).map(([name, p]) => judge(p, describeResponse, responseDiffers(p), name))
  for (const p of mutants(r, [packets[0], packets[2]], 120)) judged.push(judge(p, describeResponse, responseDiffers(p)))
  return { requests, responses, judged }
}

const describeResponse = packet => ILDCP.deserializeIldcpResponse(packet)

function responseDiffers (packet) {
  let assetCode
  try {
    assetCode = ILDCP.deserializeIldcpResponse(packet).assetCode
  } catch (err) {
    return
  }
  const r = new Reader(ILP.deserializeIlpFulfill(packet).data)
  if (highBit(r.readVarOctetString())) return 'address byte over 127'
  r.skip(1)
  if (!Buffer.from(assetCode).equals(r.readVarOctetString())) return 'asset code that is not UTF-8'
}

const own = 'example.connector'

// echo drives the reference's middleware: what it passes on, or its error.
async function echo () {
  const r = random(6)
  let method
  const incomingData = { insertLast: m => { method = m.method } }
  await new EchoMiddleware({}, { getOwnAddress: () => own }).applyToPipelines({ incomingData }, 'alice')

  const answer = async data => {
    const prepare = {
      amount: '1', destination: own, executionCondition: Buffer.alloc(32), expiresAt: new Date('2026-03-01T12:34:56.789Z'), data
    }
    const out = ILP.deserializeIlpPrepare(await method(ILP.serializeIlpPrepare(prepare), async packet => packet))
    return { destination: out.destination, response: blob(out.data) }
  }
  const verdict = async (data, name) => {
    const vector = { name, data: blob(data) }
    try {
      const answered = await answer(data)
      const source = new Reader(data.slice(17)).readVarOctetString()
      return { ...vector, ok: true, ...answered, differs: highBit(source) ? 'address byte over 127' : undefined }
    } catch (err) {
      return { ...vector, ok: false, error: err.message }
    }
  }

  const prefix = Buffer.from('ECHOECHOECHOECHO')
  const request = source => Buffer.concat([prefix, Buffer.from([0]), octets(source)])
  const good = ['test1.bob', 'g.a', 'example.' + 'c'.repeat(1015), 'private.' + 'd'.repeat(150)]
  const cases = []
  for (const source of good) cases.push({ source, ...await verdict(request(source)) })
  const crafted = {
    'nothing': Buffer.alloc(0),
    'too short': prefix,
    'type only': Buffer.concat([prefix, Buffer.from([0])]),
    'response': Buffer.concat([prefix, Buffer.from([1])]),
    'response with bytes': Buffer.concat([prefix, Buffer.from([1, 2, 3])]),
    'type 2': Buffer.concat([prefix, Buffer.from([2])]),
    'other prefix': Buffer.from('ECHOECHOECHOECHo\0\x03g.a', 'latin1'),
    'long, other prefix': Buffer.alloc(100, 0x45),
    'bytes after the source': Buffer.concat([request('g.a'), Buffer.from([1, 2])]),
    'no source': request(''),
    'source that is no address': request('nobody'),
    'bare scheme': request('test'),
    'source of 1024 bytes': request('g.' + 'a'.repeat(1022)),
    'high bit': request('g.\xe1')
  }
  const judged = []
  for (const [name, data] of Object.entries(crafted)) judged.push(await verdict(data, name))
  for (const data of mutants(r, [request('test1.bob'), request('g.a')], 80)) judged.push(await verdict(data))
  return { cases, judged }
}

module.exports = { ildcp, echo }
