'use strict'

// Writes the test vectors of the Interledger codecs: what the JavaScript
// packages, pinned in test/peers, make of packets good and bad. The output is
// the same every time.
//
//   node ilp/testdata/vectors/generate.js

const fs = require('fs')
const path = require('path')

const files = {
  ...require('./packets'),
  ...require('./btp'),
  ...require('./peerprotocols'),
  ...require('./ccp')
}

async function main () {
  for (const [name, sections] of Object.entries(files)) {
    const lines = []
    for (const [section, vectors] of Object.entries(await sections())) {
      const items = vectors.map(v => '    ' + JSON.stringify(v)).join(',\n')
      lines.push(`  ${JSON.stringify(section)}: [\n${items}\n  ]`)
    }
    fs.writeFileSync(path.join(__dirname, name + '.json'), `{\n${lines.join(',\n')}\n}\n`)
  }
}

main().catch(err => {
  console.error(err)
  process.exit(1)
})
