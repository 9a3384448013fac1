'use strict';

// middleware.js is a middleware that stands where it is told. Its settings are those of probe.js, and
//
//   stands   a list of {in, insert, at, as}: the pipeline, insertFirst, insertLast, insertBefore or insertAfter, the name it
//            refers to, and its own name, by which the script says what its method does
//   keep     has getStatus, modifyBalance, getAlerts and dismissAlert, which the admin API calls in place of built-in ones

const { Probe, walk } = require('./probe');

class ProbeMiddleware {
  constructor (opts, api) {
    const { probe: settings = {}, ...rest } = opts;
    this.api = api;
    this.stands = settings.stands || [];
    this.probe = new Probe(settings, {
      api: (command) => walk(this.api, command, (arg) => this.probe.value(arg)),
      stats: ({ metric, method, account, labels, value }) => this.api.stats[metric][method](
        { accountId: account, accountInfo: this.api.getInfo(account) }, labels, value
      )
    });
    this.probe.call('constructor', [rest, Object.keys(api)], () => {});
    if (settings.keep) {
      this.getStatus = (...args) => this.probe.call('getStatus', args, () => ({ accounts: { alice: { balance: '42' } } }));
      this.modifyBalance = (...args) => this.probe.call('modifyBalance', args, () => {});
      this.getAlerts = (...args) => this.probe.call('getAlerts', args, () => [{ id: 7, message: 'of the probe' }]);
      this.dismissAlert = (...args) => this.probe.call('dismissAlert', args, () => {});
    }
  }

  applyToPipelines (pipelines, ...args) {
    return this.probe.call('applyToPipelines', [Object.keys(pipelines), ...args], async () => {
      for (const stand of this.stands) this.enter(pipelines[stand.in], stand, args[0]);
    });
  }

  // enter stands in a pipeline, and writes down that it cannot.
  enter (pipeline, { in: where, insert, at, as }, account) {
    const entry = { name: as, method: (value, next) => this.method(`${as} of ${account}`, as, value, next) };
    try {
      if (at === undefined) pipeline[insert](entry); else pipeline[insert](at, entry);
    } catch (err) {
      this.probe.saw(`not in ${where}`, err);
    }
  }

  method (what, as, given, next) {
    this.probe.saw(what, given);
    return this.probe.scripted(as, () => next(given), { given, next });
  }
}

module.exports = { default: ProbeMiddleware };
