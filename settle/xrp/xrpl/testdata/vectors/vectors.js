'use strict'

// Writes ../vectors.json: what the ledger's own JavaScript packages make of many keys,
// claims and transactions. It always writes the same file. To run it:
//
//     npm ci && node vectors.js
//
const assert = require('node:assert')
const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const codec = require('ripple-binary-codec')
const keypairs = require('ripple-keypairs')
const xrpl = require('xrpl')

// bytes returns n bytes that look random and depend on the label alone.
function bytes(label, n) {
  let all = Buffer.alloc(0)
  for (let i = 0; all.length < n; i++) all = Buffer.concat([all, crypto.createHash('sha512').update(`${label}/${i}`).digest()])
  return all.subarray(0, n)
}
const hex = (b) => Buffer.from(b).toString('hex').toUpperCase()
const number = (label, below) => bytes(label, 4).readUInt32BE() % below
const MAX = '100000000000000000'

// 48 keys: of both kinds in turn, the first four with extreme entropy.
const keys = []
for (let i = 0; i < 48; i++) {
  const entropy = i < 2 ? Buffer.alloc(16, 0) : i < 4 ? Buffer.alloc(16, 255) : bytes(`key ${i}`, 16)
  const secret = keypairs.generateSeed({ entropy, algorithm: i % 2 ? 'ed25519' : 'ecdsa-secp256k1' })
  const pair = keypairs.deriveKeypair(secret)
  const address = keypairs.deriveAddress(pair.publicKey)
  const wallet = xrpl.Wallet.fromSeed(secret, { algorithm: i % 2 ? 'ed25519' : 'ecdsa-secp256k1' })
  assert.equal(wallet.classicAddress, address)
  keys.push({ secret, pair, address, wallet })
}
const other = (i) => keys[(i + 7) % keys.length].address

const claims = []
const amounts = ['1', '2', '1000000', '9007199254740993', MAX, '4294967296', '99999999999999999']
keys.forEach((k, i) => {
  for (let j = 0; j < 2; j++) {
    const channel = j === 0 && i === 0 ? '0'.repeat(64) : hex(bytes(`channel ${i} ${j}`, 32))
    const drops = amounts[(i + 3 * j) % amounts.length]
    const message = Buffer.concat([Buffer.from('434C4D00' + channel, 'hex'), Buffer.alloc(8)])
    message.writeBigUInt64BE(BigInt(drops), 36)
    assert.equal(hex(message), codec.encodeForSigningClaim({ channel, amount: drops }).toUpperCase())
    const signature = keypairs.sign(hex(message), k.pair.privateKey)
    assert(keypairs.verify(hex(message), signature, k.pair.publicKey))
    claims.push({ secret: k.secret, channel, drops, message: hex(message), signature })
  }
})

// Messages of other lengths, which transactions have.
const signatures = keys.map((k, i) => {
  const message = hex(bytes(`message ${i}`, [0, 1, 31, 32, 33, 64, 500][i % 7]))
  return { secret: k.secret, message, signature: keypairs.sign(message, k.pair.privateKey) }
})

const channels = keys.map((k, i) => {
  const sequence = [1, 7, 4294967295, number(`sequence ${i}`, 2 ** 32)][i % 4]
  return { owner: k.address, destination: other(i), sequence, id: xrpl.hashes.hashPaymentChannel(k.address, other(i), sequence) }
})

// The keys of channels, as ilp-plugin-xrp-paychan derives them.
const channelKeys = keys.map((k, i) => {
  const seed = crypto.createHmac('sha256', k.secret).update('ilp-plugin-xrp-paychan-channel-keys' + other(i)).digest()
  const key = crypto.createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' })
  const publicKey = 'ED' + hex(crypto.createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32))
  return { secret: k.secret, peer: other(i), publicKey, signature: hex(crypto.sign(null, Buffer.from(claims[i].message, 'hex'), key)), message: claims[i].message }
})

// Ten of each type and more, with and without each optional field.
const transactions = []
function add(i, fields) {
  const k = keys[i % keys.length]
  const common = {
    Account: k.address,
    Fee: ['10', '12', '0', '1200000', MAX][i % 5],
    Sequence: [1, 7, 4294967295, number(`tx ${i}`, 2 ** 32)][i % 4],
  }
  if (i % 2) common.LastLedgerSequence = [1, 4294967295, number(`last ${i}`, 2 ** 32)][i % 3] || 1
  if (i % 3 === 0) common.Flags = [2147483648, 0, 65536][(i / 3) % 3]
  if (i % 4 === 1) common.SourceTag = [0, 4294967295, number(`tag ${i}`, 2 ** 32)][i % 3]
  if (i % 7 === 3) common.NetworkID = [1025, 21337, 4294967295][i % 3]
  if (i % 11 === 5) Object.assign(common, { Sequence: 0, TicketSequence: number(`ticket ${i}`, 2 ** 32) + 1 })
  const tx = { ...common, ...fields, SigningPubKey: k.pair.publicKey }
  const data = codec.encodeForSigning(tx)
  tx.TxnSignature = keypairs.sign(data, k.pair.privateKey)
  const blob = codec.encode(tx)
  assert.deepStrictEqual(codec.decode(blob), { ...tx })
  transactions.push({ secret: k.secret, tx_json: tx, signing_data: data, tx_blob: blob, hash: xrpl.hashes.hashSignedTx(blob) })
}
const amount = (i) => [...amounts, String(number(`amount ${i}`, 2 ** 32) + 1)][i % (amounts.length + 1)]
let n = 0
for (let i = 0; i < 40; i++) {
  add(n++, { TransactionType: 'Payment', Destination: other(n), Amount: amount(i), ...(i % 2 && { DestinationTag: [0, 4294967295, i][i % 3] }) })
  add(n++, {
    TransactionType: 'AccountSet',
    ...(i % 2 && { SetFlag: 1 + (i % 17) }), ...(i % 3 === 0 && { ClearFlag: 1 + (i % 9) }),
    ...(i % 4 === 1 && { Domain: hex(bytes(`domain ${i}`, [0, 1, 20, 192, 193, 194, 255, 256, 300, 2][(i >> 2) % 10])) }),
  })
  add(n++, {
    TransactionType: 'PaymentChannelCreate', Destination: other(n), Amount: amount(i), SettleDelay: [0, 3600, 4294967295][i % 3],
    PublicKey: keys[(i * 5) % keys.length].pair.publicKey, ...(i % 2 && { CancelAfter: [0, 4294967295, 533171558][i % 3] }),
    ...(i % 4 === 3 && { DestinationTag: i }),
  })
  add(n++, { TransactionType: 'PaymentChannelFund', Channel: channels[i].id, Amount: amount(i), ...(i % 2 && { Expiration: [0, 4294967295, 543171558][i % 3] }) })
  const claim = claims[i]
  const signer = keypairs.deriveKeypair(claim.secret)
  add(n++, {
    TransactionType: 'PaymentChannelClaim', Channel: claim.channel,
    ...(i % 4 !== 0 && { Balance: claim.drops }), ...(i % 4 === 2 && { Amount: claim.drops }),
    ...(i % 4 > 1 && { Signature: claim.signature.toUpperCase(), PublicKey: signer.publicKey }),
    ...(i % 4 === 0 && { Flags: i % 8 ? 131072 : 2147549184 }),
  })
}

// A wallet makes the same of some of them.
for (const t of transactions.filter((t) => t.tx_json.Fee !== '0' && !t.tx_json.Domain && t.tx_json.Sequence !== 0)) {
  const { SigningPubKey, TxnSignature, ...bare } = t.tx_json
  if (bare.ClearFlag !== undefined && bare.ClearFlag === bare.SetFlag) continue
  let signed
  try { signed = keys.find((k) => k.secret === t.secret).wallet.sign(bare) } catch (e) { if (e.name !== 'ValidationError') throw e; continue }
  assert.deepStrictEqual([signed.tx_blob, signed.hash], [t.tx_blob, t.hash])
  t.wallet = true
}
assert(transactions.filter((t) => t.wallet).length > 100)
transactions.forEach((t) => delete t.wallet)

// What we must refuse although it is well formed.
const base = { Account: keys[0].address, Fee: '10', Sequence: 1, SigningPubKey: keys[0].pair.publicKey, TxnSignature: '00' }
const token = { currency: 'USD', issuer: keys[3].address, value: '1' }
const refused = Object.entries({
  'another type': { TransactionType: 'TrustSet', LimitAmount: token },
  'a type that has our fields only': { TransactionType: 'AccountDelete', Destination: other(0) },
  'an amount of tokens': { TransactionType: 'Payment', Destination: other(0), Amount: token },
  'a most of tokens': { TransactionType: 'Payment', Destination: other(0), Amount: '1', SendMax: token },
  'paths': { TransactionType: 'Payment', Destination: other(0), Amount: '1', Paths: [[{ account: keys[3].address }]] },
  'memos': { TransactionType: 'Payment', Destination: other(0), Amount: '1', Memos: [{ Memo: { MemoData: 'AB' } }] },
  'credentials': { TransactionType: 'PaymentChannelClaim', Channel: channels[0].id, CredentialIDs: [channels[0].id] },
  'several signers': { TransactionType: 'AccountSet', SigningPubKey: '', Signers: [{ Signer: { Account: other(0), SigningPubKey: keys[0].pair.publicKey, TxnSignature: '00' } }] },
  'a tick size': { TransactionType: 'AccountSet', TickSize: 5 },
  'a field of another type': { TransactionType: 'PaymentChannelFund', Channel: channels[0].id, Amount: '1', Destination: other(0) },
  'no amount': { TransactionType: 'PaymentChannelFund', Channel: channels[0].id },
  'no destination': { TransactionType: 'Payment', Amount: '1' },
  'no channel': { TransactionType: 'PaymentChannelClaim' },
  'a zero for absent': { TransactionType: 'AccountSet', LastLedgerSequence: 0 },
  'a zero network': { TransactionType: 'AccountSet', NetworkID: 0 },
}).map(([why, fields]) => { const tx_json = { ...base, ...fields }; return { why, tx_json, tx_blob: codec.encode(tx_json) } })

const lines = (all) => '[\n' + all.map((v) => '  ' + JSON.stringify(v)).join(',\n') + '\n]'
const vectors = {
  keys: keys.map((k) => ({ secret: k.secret, publicKey: k.pair.publicKey, publicBase58: xrpl.encodeAccountPublic(Buffer.from(k.pair.publicKey, 'hex')), address: k.address })),
  claims, signatures, channels, channelKeys, transactions, refused,
}
const text = '{\n' + Object.entries(vectors).map(([name, all]) => `"${name}": ${lines(all)}`).join(',\n') + '\n}\n'
fs.writeFileSync(path.join(__dirname, '..', 'vectors.json'), text)
console.log(Object.entries(vectors).map(([name, all]) => `${name} ${all.length}`).join(', '))
