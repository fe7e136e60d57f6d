/** The typed client, from the same document that the server publishes: what the pages call, not what programs do. */
const FOR_PROGRAMS = ["oauth", "forward-auth", "system"];

module.exports = {
  schemaFile: "../docs/openapi.json",
  apiFile: "./src/api/base.ts",
  apiImport: "api",
  outputFile: "./src/api/generated.ts",
  exportName: "generated",
  hooks: true,
  filterEndpoints: (name, { operation }) =>
    name === "getConfig" || !operation.tags.some((tag) => FOR_PROGRAMS.includes(tag)),
};
