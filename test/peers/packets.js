'use strict';

// Packets to and from the plain values that travel in commands: bytes are hex, amounts decimal strings,
// times ISO.

const crypto = require('crypto');
const IlpPacket = require('ilp-packet');

const bytes = (hex) => Buffer.from(hex || '', 'hex');
const hash = (preimage) => crypto.createHash('sha256').update(preimage).digest();

// prepare encodes a Prepare. The expiry is `expiresAt`, or `expiresIn` milliseconds from now; the condition is
// `condition`, or the hash of `preimage`.
function prepare ({ amount, destination, expiresAt, expiresIn, condition, preimage, data }) {
  return IlpPacket.serializeIlpPrepare({
    amount,
    destination,
    expiresAt: expiresAt ? new Date(expiresAt) : new Date(Date.now() + expiresIn),
    executionCondition: condition ? bytes(condition) : hash(bytes(preimage)),
    data: bytes(data)
  });
}

// describePrepare reads a packet that came in as a request, whatever it is.
function describePrepare (packet) {
  const seen = { hex: packet.toString('hex'), at: new Date().toISOString() };
  try {
    const fields = IlpPacket.deserializeIlpPrepare(packet);
    const { amount, destination, expiresAt, executionCondition, data } = fields;
    return {
      ...seen,
      canonical: IlpPacket.serializeIlpPrepare(fields).equals(packet),
      amount,
      destination,
      expiresAt: expiresAt.toISOString(),
      condition: executionCondition.toString('hex'),
      data: data.toString('hex')
    };
  } catch (err) {
    return { ...seen, canonical: false };
  }
}

// describeReply reads a packet that came back as an answer. It is odd if ilp-packet would write it otherwise.
function describeReply (packet) {
  if (packet.length === 0) return { type: 'empty' };
  const odd = (again) => again.equals(packet) ? {} : { odd: `${packet.length} bytes` };
  try {
    if (packet[0] === IlpPacket.Type.TYPE_ILP_FULFILL) {
      const fulfill = IlpPacket.deserializeIlpFulfill(packet);
      return {
        type: 'fulfill',
        fulfillment: fulfill.fulfillment.toString('hex'),
        data: fulfill.data.toString('hex'),
        ...odd(IlpPacket.serializeIlpFulfill(fulfill))
      };
    }
    const reject = IlpPacket.deserializeIlpReject(packet);
    const { code, triggeredBy, message, data } = reject;
    return {
      type: 'reject', code, triggeredBy, message, data: data.toString('hex'), ...odd(IlpPacket.serializeIlpReject(reject))
    };
  } catch (err) {
    return { type: 'unreadable', hex: packet.toString('hex') };
  }
}

// protocolData makes BTP protocol data of entries {name, type, hex}.
function protocolData (entries) {
  return (entries || []).map(({ name, type, hex }) => ({
    protocolName: name,
    contentType: type,
    data: bytes(hex)
  }));
}

const PEER_PROTOCOL_FULFILL = IlpPacket.serializeIlpFulfill({ fulfillment: Buffer.alloc(32), data: Buffer.alloc(0) });

module.exports = { bytes, prepare, protocolData, describePrepare, describeReply, PEER_PROTOCOL_FULFILL };
