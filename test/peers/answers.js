'use strict';

const IlpPacket = require('ilp-packet');
const { bytes, protocolData } = require('./packets');

// answer plays one scripted answer to a request:
//
//   {do: 'fulfill', preimage, data}                    with the preimage, right or wrong
//   {do: 'reject', code, triggeredBy, message, data}
//   {do: 'bytes', hex}                                 anything as the ilp entry
//   {do: 'entries', entries: [{name, type, hex}]}      any protocol data
//   {do: 'nothing'}                                    a response without an ilp entry
//   {do: 'throw', name, message}                       a BTP error
//   {do: 'silence'}                                    never
//   {do: 'hold', then}                                 when released
function answer (script, hold) {
  switch (script.do) {
    case 'fulfill':
      return IlpPacket.serializeIlpFulfill({ fulfillment: bytes(script.preimage), data: bytes(script.data) });
    case 'reject':
      return IlpPacket.serializeIlpReject({
        code: script.code,
        triggeredBy: script.triggeredBy || '',
        message: script.message || '',
        data: bytes(script.data)
      });
    case 'bytes':
      return bytes(script.hex);
    case 'entries':
      return withEntries(script.entries);
    case 'nothing':
      return undefined;
    case 'throw':
      throw Object.assign(new Error(script.message), { name: script.name });
    case 'silence':
      return new Promise(() => {});
    case 'hold':
      return new Promise((resolve) => hold(resolve)).then(() => answer(script.then, hold));
    default:
      throw new Error(`unknown answer ${script.do}`);
  }
}

// withEntries is a packet that tells the plugin of account.js which protocol data to send in its place.
function withEntries (entries) {
  return Object.assign(Buffer.alloc(1), { protocolData: protocolData(entries) });
}

module.exports = { answer };
