// npm dotenv, dotenv with dotenv-expand, Node's own parser, js-yaml, JSON: `packages.js READER`
const fs = require("fs");
const util = require("util");
const dotted = (tree, key) => key.split(".").reduce((below, part) => (below === null || below === undefined ? below : below[part]), tree);
const readers = {
  "npm-dotenv": (text, key) => require("dotenv").parse(text)[key],
  "npm-dotenv-expand": (text, key) =>
    require("dotenv-expand").expand({ parsed: require("dotenv").parse(text), processEnv: { ...process.env } }).parsed[key],
  node: (text, key) => util.parseEnv(text)[key],
  "js-yaml": (text, key) => dotted(require("js-yaml").load(text), key),
  json: (text, key) => dotted(JSON.parse(text), key),
};
const places = JSON.parse(fs.readFileSync(0, "utf8"));
const values = places.map(([path, key]) => {
  try {
    const value = readers[process.argv[2]](fs.readFileSync(path, "utf8"), key);
    return value === undefined ? null : value;
  } catch (error) {
    return null;
  }
});
process.stdout.write(JSON.stringify(values));
