'use strict';

throw 'this module throws a text while it is loaded'; // eslint-disable-line no-throw-literal
