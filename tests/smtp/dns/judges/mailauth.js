// What mailauth says of each case on stdin: [{domain, zone, key}] -> [policy, null for no record, or whether a key is taken].
'use strict';
const path = require('node:path');
const lib = path.join(process.argv[2], 'mailauth', 'lib');
const { dmarc } = require(path.join(lib, 'dmarc'));
const { getPublicKey } = require(path.join(lib, 'tools'));

const answers = zone => async (name, type) => {
  const found = (zone[name] || {})[type];
  if (found) return type === 'TXT' ? found.map(text => [text]) : found;
  const error = new Error(name);
  error.code = zone[name] ? 'ENODATA' : 'ENOTFOUND';
  throw error;
};
const policy = async one => {
  const found = await dmarc({ headerFrom: one.domain, spfDomains: [], dkimDomains: [], resolver: answers(one.zone) });
  return found && found.status.result !== 'none' ? found.policy : null;
};
const key = async one => {
  try {
    await getPublicKey('DKIM', one.key, 1024, answers(one.zone));
    return true;
  } catch {
    return false;
  }
};
(async () => {
  const cases = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const out = [];
  for (const one of cases) out.push(await (one.key ? key(one) : policy(one)));
  console.log(JSON.stringify(out));
})();
