'use strict';

// rpc.js stands in for the other end of npm's ilp-plugin-virtual, which calls it over HTTP. It agrees to everything:
//
//   node rpc.js PORT RECORD
//
// RECORD is a file as the probes write it, with a line for each transfer.

const fs = require('fs');
const http = require('http');

const [port, record] = process.argv.slice(2);

http.createServer((request, response) => {
  let body = '';
  request.on('data', (more) => { body += more; });
  request.on('end', () => {
    const { searchParams } = new URL(request.url, 'http://localhost');
    const args = (JSON.parse(body)[0] || {});
    const what = searchParams.get('method');
    if (what === 'send_transfer') {
      const line = { probe: 'rpc', what, args: [JSON.stringify(args.amount), JSON.stringify(args.to)] };
      fs.appendFileSync(record, JSON.stringify(line) + '\n');
    }
    response.setHeader('Content-Type', 'application/json');
    response.end('true');
  });
}).listen(Number(port), '127.0.0.1');
process.stdin.resume().on('end', () => process.exit(0));
