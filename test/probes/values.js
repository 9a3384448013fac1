'use strict';

// make turns a value from JSON into one that JSON cannot have. Anything without a sign below stays as it is.
//
//   {$: 'undefined'}, {$: 'nan'}, {$: 'infinity'}, {$: 'function'}
//   {$: 'buffer', hex}
//   {$: 'bignumber', text}                 of the package bignumber.js, which is looked for in the folder modules
//   {$: 'error', name, message, code, data, fixed}   with ilpErrorCode and ilpErrorData; fixed: its message is read-only
//   {$: 'object', of: {...}}               the members are made likewise
function make (spec, modules) {
  if (spec === null || typeof spec !== 'object' || !spec.$) return spec;
  switch (spec.$) {
    case 'undefined': return undefined;
    case 'nan': return NaN;
    case 'infinity': return Infinity;
    case 'function': return () => {};
    case 'buffer': return Buffer.from(spec.hex, 'hex');
    case 'bignumber': return new (require(require.resolve('bignumber.js', { paths: [modules] })))(spec.text);
    case 'error': return error(spec);
    case 'object': return Object.fromEntries(Object.entries(spec.of).map(([key, value]) => [key, make(value, modules)]));
    default: throw new Error(`no value is called ${spec.$}`);
  }
}

function error ({ name, message, code, data, fixed }) {
  const err = new Error(message);
  if (name) Object.defineProperty(err, 'name', { value: name, configurable: true });
  if (fixed) Object.defineProperty(err, 'message', { value: message, writable: false });
  if (code) err.ilpErrorCode = code;
  if (data !== undefined) err.ilpErrorData = Buffer.from(data, 'hex');
  return err;
}

// describe is any value as text, two values with one text being the same to all purposes of the tests: undefined, null,
// "text", 5, NaN, <hex of a Buffer>, function, [..], {key: value} in the order of the keys, and an error as its class and message with its codes.
function describe (value, depth = 0) {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'function';
  if (typeof value === 'symbol') return 'symbol';
  if (Buffer.isBuffer(value)) return '<' + value.toString('hex') + '>';
  if (value instanceof Date) return 'time ' + (isNaN(value) ? 'NaN' : value.toISOString());
  if (value instanceof Error || (typeof value.message === 'string' && 'stack' in value)) return describeError(value);
  if (value._isBigNumber) return 'bignumber ' + value.toString();
  if (depth > 4) return '...';
  if (Array.isArray(value)) return '[' + value.map((one) => describe(one, depth + 1)).join(', ') + ']';
  if (value instanceof Map) return 'map ' + describe(Object.fromEntries(value), depth + 1);
  const members = Object.keys(value).sort().map((key) => key + ': ' + describe(value[key], depth + 1));
  return '{' + members.join(', ') + '}';
}

function describeError (err) {
  const codes = [];
  if (err.ilpErrorCode !== undefined) codes.push(`code ${err.ilpErrorCode}`);
  if (err.ilpErrorData !== undefined) codes.push(`data ${describe(err.ilpErrorData)}`);
  return `${err.name}(${JSON.stringify(err.message)}${codes.map((code) => ', ' + code).join('')})`;
}

module.exports = { make, describe };
