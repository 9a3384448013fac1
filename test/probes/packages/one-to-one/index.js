'use strict';

// A package that has the name of a backend that is built in, and is not loaded therefore.
throw new Error('the package was loaded');
