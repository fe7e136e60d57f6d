/** The typed client, from the same document that the server publishes. */
module.exports = {
  schemaFile: "../docs/openapi.json",
  apiFile: "./src/api/base.ts",
  apiImport: "api",
  outputFile: "./src/api/generated.ts",
  exportName: "generated",
  hooks: true,
};
