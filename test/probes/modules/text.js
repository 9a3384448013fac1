'use strict';

module.exports = 'no constructor';
