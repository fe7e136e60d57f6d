// Compiles `dist` for an installation from this folder. Of a folder that it links, npm installs no dependencies: in a
// plain checkout the compiler is missing.
import { execSync } from "node:child_process";
import { existsSync } from "node:fs";

// Everything goes to standard error: `npm pack --json` prints its result to standard output.
const npm = (command) => execSync(`npm ${command}`, { stdio: ["ignore", 2, 2] });

if (!existsSync("node_modules/typescript")) npm("ci --ignore-scripts --include=dev --silent");
npm("run --silent build");
