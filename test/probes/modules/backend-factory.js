'use strict';

// A backend that a function makes, and that is exported as such.
const { default: Backend } = require('../backend');

module.exports = function (...args) { return new Backend(...args); };
