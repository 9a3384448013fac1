'use strict';

// A plugin of a version that there is not.
module.exports = class extends require('../plugin') { static get version () { return 3; } };
