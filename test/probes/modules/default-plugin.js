'use strict';

// A plugin that is exported as TypeScript does it, and in no other way.
exports.default = require('../plugin');
