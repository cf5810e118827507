// Parse the AsyncAPI documents that are named, and fail if one is wrong.
const { readFileSync } = require("fs");
const { Parser } = require("@asyncapi/parser");

(async () => {
  const parser = new Parser();
  for (const path of process.argv.slice(2)) {
    const { diagnostics } = await parser.parse(readFileSync(path, "utf8"));
    const errors = diagnostics.filter((found) => found.severity === 0);
    for (const error of errors) console.log(`${path}: ${error.message} at ${error.path.join(".")}`);
    if (errors.length) process.exitCode = 1;
  }
})();
