'use strict';

const { make } = require('./values');

// act does what a script says in place of a method. `usual` is what the probe would do. Values are those of values.js.
//
//   {do: 'usual'}                    as without a script
//   {do: 'return', value}            returns it, not as a promise
//   {do: 'resolve', value}           a promise of it
//   {do: 'throw', value}             throws it at once
//   {do: 'reject', value}            a promise that rejects with it
//   {do: 'hang'}                     a promise that never settles
//   {do: 'hold', then}               a promise that waits for the command release
//   {do: 'exit', code}               ends the process
//   {do: 'crash', value, then}       throws it where nothing catches it, a moment later
//   {do: 'abandon', value, then}     leaves a rejected promise that nothing handles
//   {do: 'block', ms, then}          keeps the event loop busy
//   {do: 'each', acts}               does one after the other, and returns what the last one does
//
// Methods of middlewares have further ones, with what they have been given:
//
//   {do: 'next'}                     passes it on
//   {do: 'next', value}              passes something else on
//   {do: 'next twice'}               passes it on, and once more when that is over
//   {do: 'change', at, byte, then}   changes a byte of it in place
function act (told, context) {
  const then = () => told.then ? act(told.then, context) : context.usual();
  const value = () => make(told.value, context.modules);
  switch (told.do) {
    case 'usual':
      return context.usual();
    case 'return':
      return value();
    case 'resolve':
      return Promise.resolve(value());
    case 'throw':
      throw value();
    case 'reject':
      return Promise.reject(value());
    case 'hang':
      return new Promise(() => {});
    case 'hold':
      return new Promise((resolve) => context.held.push(resolve)).then(then);
    case 'exit':
      return process.exit(told.code);
    case 'crash':
      setImmediate(() => { throw value(); });
      return then();
    case 'abandon':
      Promise.reject(value());
      return then();
    case 'block': {
      const end = Date.now() + told.ms;
      while (Date.now() < end);
      return then();
    }
    case 'each':
      return told.acts.map((one) => act(one, context)).pop();
    case 'emit':
      context.emitter.emit(told.event, ...(told.args || []).map((arg) => make(arg, context.modules)));
      return then();
    case 'next':
      return context.next('value' in told ? value() : context.given);
    case 'next twice':
      return Promise.resolve(context.next(context.given)).then((first) => context.next(context.given).then(
        () => first,
        (err) => { context.saw('second next', err); return first; }
      ));
    case 'change':
      context.given[told.at] = told.byte;
      return then();
    default:
      throw new Error(`no act is called ${told.do}`);
  }
}

module.exports = { act };
