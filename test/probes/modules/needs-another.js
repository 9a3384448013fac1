'use strict';

module.exports = require('a-package-that-nobody-has');
