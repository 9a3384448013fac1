'use strict';

// redis.js stands in for a Redis server, with as much of it as a store of keys and texts needs, in memory:
//
//   node redis.js PORT RECORD
//
// RECORD is a file as the probes write it, with a line for each command that reads or writes.

const fs = require('fs');
const net = require('net');

const [port, record] = process.argv.slice(2);
const values = new Map();
const recorded = new Set(['get', 'set', 'del', 'publish']);

const text = (value) => value === undefined ? '$-1\r\n' : `$${Buffer.byteLength(value)}\r\n${value}\r\n`;

const commands = {
  info: () => text('redis_version:6.0.0\r\nloading:0\r\n'),
  select: () => '+OK\r\n',
  ping: () => '+PONG\r\n',
  get: (key) => text(values.get(key)),
  set: (key, value) => { values.set(key, value); return '+OK\r\n'; },
  del: (key) => `:${values.delete(key) ? 1 : 0}\r\n`,
  publish: () => ':0\r\n',
  // scan has three keys on a page, whose number is the cursor. Patterns end in a star.
  scan: (cursor, _, pattern) => {
    const begin = pattern.slice(0, -1).replace(/\\(.)/g, '$1');
    const found = [...values.keys()].slice(3 * cursor, 3 * cursor + 3).filter((key) => key.startsWith(begin));
    const next = 3 * cursor + 3 < values.size ? Number(cursor) + 1 : 0;
    return `*2\r\n${text(String(next))}*${found.length}\r\n${found.map(text).join('')}`;
  }
};

// cut takes a command from the front of what was received: [its words, what follows], or null if it is not whole.
function cut (received) {
  let at = 0;
  const line = () => {
    const end = received.indexOf('\r\n', at);
    if (end < 0) return null;
    const one = received.toString('utf8', at, end);
    at = end + 2;
    return one;
  };
  const head = line();
  if (head === null) return null;
  const words = [];
  for (let n = Number(head.slice(1)); n > 0; n--) {
    const size = line();
    if (size === null || received.length < at + Number(size.slice(1)) + 2) return null;
    words.push(received.toString('utf8', at, at + Number(size.slice(1))));
    at += Number(size.slice(1)) + 2;
  }
  return [words, received.slice(at)];
}

function answer ([name, ...args]) {
  const command = commands[name.toLowerCase()];
  if (recorded.has(name.toLowerCase())) {
    const line = { probe: 'redis', what: name.toLowerCase(), args: args.map((arg) => JSON.stringify(arg)) };
    fs.appendFileSync(record, JSON.stringify(line) + '\n');
  }
  return command ? command(...args) : `-ERR unknown command '${name}'\r\n`;
}

net.createServer((socket) => {
  let received = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (more) => {
    received = Buffer.concat([received, more]);
    for (let found = cut(received); found; found = cut(received)) {
      received = found[1];
      socket.write(answer(found[0]));
    }
  });
}).listen(Number(port), '127.0.0.1');
process.stdin.resume().on('end', () => process.exit(0));
