#!/bin/sh
# smtp-server 3.21.6 (npm) answers 501 to a quoted local part with a blank or an @ in it, and takes one with an escaped quotation mark.
# RFC 5321, section 4.1.2 (Quoted-string), allows all three. nodemailer 10.6.1, by the same author, sends them as they are, so that the
# pair cannot carry what nodemailer could with another server.
# Seen on 2026-11-29. No report known.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . smtp-server@3.21.6 nodemailer@10.6.1 >&2

cat >seen <<'END'
RCPT TO:<"a b"@example.org> -> 501 Error: Bad recipient address syntax
RCPT TO:<"a@b"@example.org> -> 501 Error: Bad recipient address syntax
RCPT TO:<"a\"b"@example.org> -> 250 OK: message queued
RCPT TO:<a+b@example.org> -> 250 OK: message queued
END

cat >run.js <<'END'
const { SMTPServer } = require("smtp-server");
const nodemailer = require("nodemailer");
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  disableReverseLookup: true,
  onData: (stream, session, done) => { stream.resume(); stream.on("end", done); },
});
server.listen(0, "127.0.0.1", async () => {
  const lines = [];
  const keep = (entry, line) => lines.push(line);
  const logger = { trace: keep, debug: keep, info: keep, warn: keep, error: keep, fatal: keep };
  const client = nodemailer.createTransport({
    host: "127.0.0.1", port: server.server.address().port, ignoreTLS: true, logger, debug: true,
  });
  for (const to of ['"a b"@example.org', '"a@b"@example.org', '"a\\"b"@example.org', "a+b@example.org"]) {
    const sent = client.sendMail({ envelope: { from: "app@example.org", to }, from: "app@example.org", text: "x" });
    const { response } = await sent.catch((error) => error);
    console.log(lines.find((line) => line.startsWith("RCPT TO")).trim(), "->", response);
    lines.length = 0;
  }
  server.close(() => process.exit());
});
END
node run.js >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now
