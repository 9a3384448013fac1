'use strict';

module.exports = class { constructor () { throw new RangeError('this constructor throws'); } };
