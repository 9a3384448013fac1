'use strict';

// A plugin of version '2', which is not 2.
module.exports = class extends require('../plugin') { static get version () { return '2'; } };
