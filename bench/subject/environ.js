'use strict';

// Sets variables that are too long to start a process with, before its own program is loaded.
Object.assign(process.env, JSON.parse(require('fs').readFileSync(process.env.BENCH_ENVIRON, 'utf8')));
