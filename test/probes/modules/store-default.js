'use strict';

// A store that is exported as TypeScript does it.
exports.default = require('../store');
