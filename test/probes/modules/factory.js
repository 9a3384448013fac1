'use strict';

// A plugin that a function makes.
const Plugin = require('../plugin');

module.exports = function (...args) { return new Plugin(...args); };
