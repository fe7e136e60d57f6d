// Every language has the same keys: a missing sentence is an error, not an English surprise.
import { readFileSync } from "node:fs";

const keys = (node, prefix = "") =>
  Object.entries(node).flatMap(([key, value]) =>
    typeof value === "string" ? [prefix + key] : keys(value, `${prefix}${key}.`),
  );
const parts = ["", "account/"];
const texts = (file) => JSON.parse(readFileSync(new URL(`../src/app/locales/${file}.json`, import.meta.url)));
const read = (language) => new Set(parts.flatMap((part) => keys(texts(part + language), part)));

const english = read("en");
const german = read("de");
const missing = [
  ...[...english].filter((key) => !german.has(key)).map((key) => `de lacks ${key}`),
  ...[...german].filter((key) => !english.has(key)).map((key) => `en lacks ${key}`),
];
if (missing.length > 0) {
  console.error(missing.join("\n"));
  process.exit(1);
}
