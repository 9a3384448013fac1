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

// Payer sends STREAM payments of equal packets on a plugin, and counts what becomes of them.
class Payer {
  static async open (plugin, { destinationAccount, sharedSecret }, packetAmount) {
    const payer = new Payer();
    plugin.deregisterDataHandler();
    payer.watch(plugin);
    payer.connection = await createConnection({
      plugin,
      destinationAccount,
      sharedSecret: Buffer.from(sharedSecret, 'hex'),
      maximumPacketAmount: packetAmount
    });
    payer.stream = payer.connection.createStream();
    return payer;
  }

  // sendUpTo sends until that much was sent in all.
  // The connection may have a packet without value under way at the end, which must not meet what a test does next.
  async sendUpTo (total) {
    await this.stream.sendTotal(total, { timeout: 60000 });
    await this.answered();
  }

  totals () {
    return {
      sent: this.connection.totalSent,
      delivered: this.connection.totalDelivered,
      packets: this.fulfilled,
      amounts: Object.fromEntries(this.amounts)
    };
  }

  // refused waits until a packet was rejected with a code.
  async refused (code) {
    while (!this.codes.has(code)) await new Promise((resolve) => this.waiting.push(resolve));
  }

  // answered waits until no packet waits for an answer, and none is sent at once after the last.
  async answered () {
    do await new Promise((resolve) => setImmediate(resolve)); while (this.unanswered > 0);
  }

  // watch counts the packets of value that a plugin sends, by amount, and notes the codes of those that are rejected.
  watch (plugin) {
    this.unanswered = 0;
    this.fulfilled = 0;
    this.amounts = new Map();
    this.codes = new Set();
    this.waiting = []; // those who wait for a code
    const send = plugin.sendData;
    plugin.sendData = async (packet) => {
      this.unanswered++;
      const reply = await send.call(plugin, packet).finally(() => this.unanswered--);
      const { amount } = IlpPacket.deserializeIlpPrepare(packet);
      if (reply[0] === IlpPacket.Type.TYPE_ILP_REJECT) {
        this.codes.add(IlpPacket.deserializeIlpReject(reply).code);
        this.waiting.splice(0).forEach((resolve) => resolve());
      } else if (amount !== '0') {
        this.fulfilled++;
        this.amounts.set(amount, (this.amounts.get(amount) || 0) + 1);
      }
      return reply;
    };
  }
}

module.exports = { Payee, Payer };
