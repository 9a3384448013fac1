'use strict'

// Finds modules, and loads none. It reads from stdin, in JSON:
//
//   {"dir": "/srv/ilp", "folders": ["/srv/ilp", ...], "nodePath": "/usr/share/nodejs",
//    "names": ["ilp-plugin-x", "./mine", "/opt/x.js", ...]}
//
// nodePath is the variable NODE_PATH, which counts last. Node.js has read that before we can.
//
// and writes for each name, in their order, one of
//
//   {"path": "/srv/ilp/node_modules/ilp-plugin-x/index.js", "package": "ilp-plugin-x", "version": "1.0.0"}
//   {"missing": true}
//   {"error": "why it cannot be used"}

const fs = require('fs')
const path = require('path')
const Module = require('module')

const packageBytesMax = 1 << 20

const { dir, folders, nodePath, names } = JSON.parse(fs.readFileSync(0, 'utf8'))

// find returns what there is of a name.
function find (name) {
  if (name.startsWith('node:') || Module.builtinModules.includes(name)) {
    return { error: 'is a part of Node.js, and no module that can be hosted' }
  }
  const relative = /^\.{1,2}([/\\]|$)/.test(name)
  try {
    const file = require.resolve(name, { paths: relative ? [dir] : folders })
    return { path: file, ...describe(file) }
  } catch (err) {
    // Node names a path if the module is there, but not the file that it says to begin with.
    if (err.code === 'MODULE_NOT_FOUND' && !err.path) return { missing: true }
    return { error: String(err.message).split('\n')[0] }
  }
}

// describe returns name and version of the package that a file is in, as far as they are known.
function describe (file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const { name, version } = readPackage(path.join(folder, 'package.json'))
    if (typeof name === 'string') return { package: name, version: typeof version === 'string' ? version : '' }
    if (path.basename(folder) === 'node_modules' || path.dirname(folder) === folder) return {}
  }
}

function readPackage (file) {
  try {
    if (fs.statSync(file).size > packageBytesMax) return {}
    return JSON.parse(fs.readFileSync(file, 'utf8').replace(/^\ufeff/, '')) || {}
  } catch (err) {
    return {}
  }
}

const all = names.map(find)
if (nodePath) {
  process.env.NODE_PATH = nodePath
  Module._initPaths() // reads the variable anew
  all.forEach((found, i) => { if (found.missing) all[i] = find(names[i]) })
}
process.stdout.write(JSON.stringify(all))
