'use strict';

const { createConnection, createServer, DataAndMoneyStream } = require('ilp-protocol-stream');
const IlpPacket = require('ilp-packet');

// This STREAM keeps a field `closed`, a name that Node.js has since given to a read-only property of its streams.
Object.defineProperty(DataAndMoneyStream.prototype, 'closed', { value: false, writable: true });

// Payee receives STREAM payments on a plugin and counts them.
class Payee {
  static async open (plugin) {
    const payee = new Payee();
    plugin.deregisterDataHandler();
    payee.server = await createServer({ plugin });
    payee.received = 0n;
    payee.packets = 0;
    payee.server.on('connection', (connection) => {
      connection.on('stream', (stream) => {
        stream.setReceiveMax('18446744073709551615');
        stream.on('money', (amount) => {
          payee.received += BigInt(amount);
          payee.packets++;
        });
      });
    });
    return payee;
  }

  // invitation is what a sender must know.
  invitation () {
    const { destinationAccount, sharedSecret } = this.server.generateAddressAndSecret();
    return { destinationAccount, sharedSecret: sharedSecret.toString('hex') };
  }

  totals () { return { received: String(this.received), packets: this.packets }; }
}

// pay sends packets x packetAmount and tells what was sent and what arrived, as the sender counts it.
async function pay (plugin, { destinationAccount, sharedSecret }, packetAmount, packets) {
  plugin.deregisterDataHandler();
  const fulfilled = countFulfills(plugin);
  const connection = await createConnection({
    plugin,
    destinationAccount,
    sharedSecret: Buffer.from(sharedSecret, 'hex'),
    maximumPacketAmount: packetAmount
  });
  const stream = connection.createStream();
  await stream.sendTotal(String(BigInt(packetAmount) * BigInt(packets)), { timeout: 60000 });
  return {
    sent: connection.totalSent,
    delivered: connection.totalDelivered,
    packets: fulfilled.count,
    amounts: Object.fromEntries(fulfilled.amounts)
  };
}

// countFulfills watches the packets of value that a plugin sends, by amount.
function countFulfills (plugin) {
  const seen = { count: 0, amounts: new Map() };
  const send = plugin.sendData;
  plugin.sendData = async (packet) => {
    const reply = await send.call(plugin, packet);
    const { amount } = IlpPacket.deserializeIlpPrepare(packet);
    if (reply[0] === IlpPacket.Type.TYPE_ILP_FULFILL && amount !== '0') {
      seen.count++;
      seen.amounts.set(amount, (seen.amounts.get(amount) || 0) + 1);
    }
    return reply;
  };
  return seen;
}

module.exports = { Payee, pay };
