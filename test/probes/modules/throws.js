'use strict';

throw new TypeError('this module throws while it is loaded');
