'use strict';

// probe.js is what the probes share: modules for a connector that write down all they see and misbehave as told. They need
// no package, so they run wherever Node.js does.
//
// A probe has its settings in the member `probe` of its options:
//
//   name     its name in the record and for commands
//   record   a file; each call, event and answer becomes a line of JSON there: {probe, what, args}
//   control  a port of the loopback interface, where a program gives commands; without it there are none
//   script   what methods do from the start: {method: act}, see acts.js
//   modules  a folder whose node_modules has bignumber.js, for values that are one
//
// A command is a line {id, probe, do, ...}, and its answer a line {id, ok} or {id, error}, both on the connection that the
// process of the probe has opened. There it says {probe: name} first. All probes of a process share one connection.

const fs = require('fs');
const net = require('net');
const { act } = require('./acts');
const { describe, make } = require('./values');

const shared = Symbol.for('what probes share');
const connections = new Map(); // by port: {socket, probes}

class Probe {
  // on says what further commands there are: {name: function of the command}.
  constructor (settings, on) {
    this.settings = settings || {};
    this.name = this.settings.name || 'nameless';
    this.script = Object.assign(Object.create(null), this.settings.script); // it may be asked for 'constructor'
    this.held = [];
    this.on = { ...this.ownCommands(), ...on };
    if (this.settings.control) connect(this.settings.control, this);
  }

  // saw writes a line of the record, before it returns, so that a process may die right after.
  saw (what, ...args) {
    if (!this.settings.record) return;
    const line = { probe: this.name, what, args: args.map((arg) => describe(arg)) };
    fs.appendFileSync(this.settings.record, JSON.stringify(line) + '\n');
  }

  // call writes down the call of a method, and does what the script says, or else what the probe does by itself.
  call (method, args, usual, context) {
    this.saw(method, ...args);
    return this.scripted(method, usual, context);
  }

  // scripted does what the script says for a method. An act that is for once is over then.
  scripted (method, usual, context) {
    const told = this.script[method];
    if (told === undefined) return usual();
    if (told.once) delete this.script[method];
    return act(told, { usual, held: this.held, modules: this.settings.modules, saw: (...all) => this.saw(...all), ...context });
  }

  value (spec) { return make(spec, this.settings.modules); }

  ownCommands () {
    return {
      // script changes what a method does; without an act it does what is usual.
      script: ({ method, act }) => {
        if (act) this.script[method] = act; else delete this.script[method];
      },
      // release ends all acts that hold, and tells how many there were.
      release: () => this.held.splice(0).map((go) => go()).length,
      // process tells of the process: {path: 'env.NAME'}, {path: 'cwd', args: []}.
      process: (command) => walk(process, command, (arg) => this.value(arg)),
      // share keeps a value where all modules of the process find it, and tells the one before.
      share: ({ value }) => {
        const before = global[shared];
        global[shared] = value;
        return before;
      },
      // act does something outside of any call, such as dying.
      act: ({ act: told }) => act(told, { usual () {}, held: this.held, modules: this.settings.modules, saw: (...all) => this.saw(...all) })
    };
  }

  // obey carries out a command. Whatever it returns, or fails with, is described as text.
  async obey (command) {
    const run = this.on[command.do];
    if (!run) throw new Error(`probe ${this.name} has no command ${command.do}`);
    return outcome(() => run(command));
  }
}

// outcome describes how a call ended: "returns V", "resolves V", "throws E", "rejects E".
async function outcome (run) {
  let result;
  try {
    result = run();
  } catch (err) {
    return 'throws ' + describe(err);
  }
  const promised = result && typeof result.then === 'function';
  try {
    return (promised ? 'resolves ' : 'returns ') + describe(await result);
  } catch (err) {
    return 'rejects ' + describe(err);
  }
}

// walk calls, or reads, what a path of names leads to: {path: 'store.get', args: ['key']}.
function walk (root, { path, args }, value) {
  const names = path.split('.');
  const last = names.pop();
  const holder = names.reduce((at, name) => at[name], root);
  if (args === undefined) return holder[last];
  return holder[last](...args.map(value));
}

// connect opens the connection of this process to a port, if there is none yet, and announces a probe on it.
function connect (port, probe) {
  let connection = connections.get(port);
  if (!connection) {
    const socket = net.connect(port, '127.0.0.1');
    connection = { socket, probes: new Map() };
    connections.set(port, connection);
    socket.setNoDelay(true);
    socket.unref(); // a probe does not keep its process alive
    socket.on('error', () => {}); // the program that gave commands has ended
    lines(socket, (line) => obey(connection, JSON.parse(line)));
  }
  connection.probes.set(probe.name, probe);
  connection.socket.write(JSON.stringify({ probe: probe.name }) + '\n');
}

async function obey ({ socket, probes }, command) {
  let answer;
  try {
    answer = { id: command.id, ok: await probes.get(command.probe).obey(command) };
  } catch (err) {
    answer = { id: command.id, error: String(err) };
  }
  socket.write(JSON.stringify(answer) + '\n');
}

// lines calls a function with each line of a socket.
function lines (socket, each) {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text) => {
    const whole = (rest + text).split('\n');
    rest = whole.pop();
    whole.forEach(each);
  });
}

module.exports = { Probe, walk };
