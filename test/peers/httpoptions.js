'use strict'

// Makes ilp-plugin-http of each of the options that standard input has as lists of JSON, one a line, and says of
// each what became of it: an error, or how it proves who it is, which of the tokens it takes, and its name.

const Plugin = require('ilp-plugin-http')
const jwt = require('jsonwebtoken')
const lines = require('readline').createInterface({ input: process.stdin })

async function make ({ options, tokens, secrets }) {
  let plugin
  try {
    plugin = new Plugin(options)
  } catch (err) {
    return { error: err.message }
  }
  const takes = []
  for (const token of tokens) {
    if (await plugin._verifyAuth('Bearer ' + token)) takes.push(token)
  }
  const checks = []
  for (const secret of secrets) {
    if (await plugin._verifyAuth(jwt.sign({}, secret))) checks.push(secret)
  }
  const sent = await plugin._getAuthHeader()
  const token = sent.replace(/^Bearer /, '')
  const claims = jwt.decode(token)
  return {
    takes,
    checks,
    bare: sent === token,
    token: claims ? '' : token,
    signedWith: claims ? secrets.filter(secret => { try { return jwt.verify(token, secret, { ignoreExpiration: true }) } catch (err) { return false } }) : [],
    seconds: claims ? claims.exp - claims.iat : 0,
    name: plugin._name,
    destination: plugin._sendIlpDestination,
    http2: plugin._http2,
    multi: plugin._multi ? plugin._multiDelimiter : ''
  }
}

lines.on('line', async line => {
  const all = []
  for (const one of JSON.parse(line)) all.push(await make(one))
  console.log(JSON.stringify(all))
  lines.close()
})
