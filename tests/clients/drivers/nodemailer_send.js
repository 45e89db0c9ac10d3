// Sends one mail with nodemailer: stdin has the settings, stdout what the caller sees.
const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const nodemailer = require('nodemailer');
const ca = require('fs').readFileSync(given.ca_file);
const said = { version: `nodemailer ${require('nodemailer/package.json').version}, Node ${process.versions.node}`, sent: false, words: null };
console.log('ready');
const options = {
  host: given.host,
  port: given.port,
  secure: given.encryption === 'tls',
  requireTLS: given.encryption === 'starttls',
  tls: { ca },
};
if (given.auth === 'basic') options.auth = { user: given.user, pass: given.password };
if (given.auth === 'oauth2') options.auth = { type: 'OAuth2', user: given.user, accessToken: given.password };
nodemailer.createTransport(options)
  .sendMail({ from: given.sender, to: given.recipients, subject: 'probe', text: 'probe' })
  .then(
    (info) => Object.assign(said, { sent: true, words: info.rejected.length ? `rejected ${info.rejected}` : null }),
    (error) => { said.words = `${error.code || error.name}: ${error.message}`; },
  )
  .finally(() => { console.log(JSON.stringify(said)); process.exit(0); });
