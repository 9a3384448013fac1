'use strict';

// level-store.js is a store in a folder, by npm's classic-level: the successor of the database that stores of the connector
// had before. The folder is the setting storePath.

const { ClassicLevel } = require('classic-level');

class LevelStore {
  constructor ({ path }) { this.db = new ClassicLevel(path, { keyEncoding: 'utf8', valueEncoding: 'utf8' }); }
  get (key) { return this.db.get(key); }
  put (key, value) { return this.db.put(key, value); }
  del (key) { return this.db.del(key); }
}

module.exports = LevelStore;
