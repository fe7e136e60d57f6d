// The sign-in page loads at most 150 kB of gzipped JavaScript: the entry, the page, and all they import.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 150_000;
const pages = new URL("../../src/vestibule/pages/", import.meta.url);
const assets = new URL("assets/", pages);
const seen = new Set();

function follow(file) {
  if (seen.has(file)) return;
  seen.add(file);
  const source = readFileSync(new URL(file, assets), "utf8");
  for (const [, name] of source.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) follow(name);
}

const index = readFileSync(new URL("index.html", pages), "utf8");
for (const [, name] of index.matchAll(/\/assets\/([^"]+\.js)"/g)) follow(name);
follow(readdirSync(assets).find((name) => /^SignInPage-.*\.js$/.test(name)));

const sizes = [...seen].map((file) => [
  gzipSync(readFileSync(new URL(file, assets)), { level: 9 }).length,
  file,
]);
const total = sizes.reduce((sum, [size]) => sum + size, 0);
console.log(`sign-in page: ${(total / 1000).toFixed(1)} kB of ${BUDGET / 1000} kB gzipped JavaScript`);
if (total > BUDGET) {
  console.error(
    sizes
      .sort((a, b) => b[0] - a[0])
      .map((row) => row.join("  "))
      .join("\n"),
  );
  process.exit(1);
}
