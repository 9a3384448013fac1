'use strict';

// peer.js holds any number of Interledger accounts, made of the npm packages, and does what it is told:
// one JSON command per line on stdin, {id, do, ...arguments}, one answer per line on stdout,
// {id, ok} or {id, error}. Answers come in the order they are ready. It ends when stdin does.

const readline = require('readline');
const { Account } = require('./account');
const { Payee, Payer } = require('./stream');
const packets = require('./packets');

const accounts = new Map();
const payees = new Map();
const payers = new Map();

function account (name) {
  if (!accounts.has(name)) throw new Error(`no account is named ${name}`);
  return accounts.get(name);
}

const commands = {
  // open makes an account: a client of options.server, a listener with `secret` on a port of its own, or one over
  // HTTP. To a child it gives an address. One that replaces another has its name from now on; the other stays
  // connected.
  async open ({ name, options, secret, http, gives, routing, replaces }) {
    if (accounts.has(name) && !replaces) throw new Error(`an account is named ${name} already`);
    const opened = http ? Account.http(options) : secret === undefined ? Account.client(options) : Account.listener(secret, options);
    opened.gives = gives;
    if (routing) opened.routing = routing;
    accounts.set(name, opened);
    return { port: await opened.port() };
  },
  async connected ({ name }) { return account(name).connected(); },
  async close ({ name }) {
    await account(name).close();
    accounts.delete(name);
  },
  async leave ({ name }) { await account(name).leave(); },
  async comeBack ({ name }) { await account(name).comeBack(); },
  async closeSocket ({ name, code, reason }) { account(name).closeSocket(code, reason); },

  async ildcp ({ name }) { return account(name).ildcp(); },
  async prepare ({ name, packet }) { return account(name).send(packets.prepare(packet)); },
  async send ({ name, hex }) { return account(name).send(Buffer.from(hex, 'hex')); },
  async call ({ name, type, amount, entries }) { return account(name).call(type, amount, entries); },

  // script says how accounts answer from now on; received tells what came since, in all of them.
  async script ({ names, always }) { names.forEach((name) => account(name).script(always)); },
  async received ({ names }) { return names.map((name) => account(name).requests); },
  async awaited ({ name, count }) { await account(name).awaited(count); },
  async release ({ name }) { return account(name).release(); },

  // routing says how an account answers messages of the routing protocol from now on, and tells how many it has got
  // before; exchanged tells them.
  async routing ({ name, always }) {
    account(name).routing = always;
    return account(name).exchanged.length;
  },
  async exchanged ({ name, after }) { return account(name).exchanged.slice(after); },

  async payee ({ name }) {
    const payee = await Payee.open(account(name).plugin);
    payees.set(name, payee);
    return payee.invitation();
  },
  async payer ({ name, invitation, packetAmount }) {
    payers.set(name, await Payer.open(account(name).plugin, invitation, packetAmount));
  },
  async pay ({ name, total }) {
    await payers.get(name).sendUpTo(total);
    return payers.get(name).totals();
  },
  async refused ({ name, code }) { await payers.get(name).refused(code); },
  async paid ({ name }) { return payees.get(name).totals(); }
};

function answer (line) { process.stdout.write(JSON.stringify(line) + '\n'); }

readline.createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { id, do: verb, ...args } = JSON.parse(line);
    try {
      if (!commands[verb]) throw new Error(`unknown command ${verb}`);
      const ok = await commands[verb](args);
      answer({ id, ok: ok === undefined ? null : ok });
    } catch (err) {
      answer({ id, error: `${verb} ${args.name}: ${(err && err.message) || err}` });
    }
  })
  .on('close', () => process.exit(0));
