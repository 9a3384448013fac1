'use strict';

// A plugin that has the version of its parent.
module.exports = class extends require('../plugin') {};
