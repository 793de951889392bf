// Builds the one file that Home Assistant serves; the same sources give the same bytes everywhere.
// With --check it writes nothing, and fails where the file is not what the sources give.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const file = fileURLToPath(new URL("../custom_components/stellarstack/frontend/stellarstack.js", import.meta.url));

const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["src/stellarstack.ts"],
  bundle: true,
  write: false,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  minify: true,
  legalComments: "eof",
  logLevel: "warning",
});
const [{ contents }] = outputFiles;

if (!process.argv.includes("--check")) {
  writeFileSync(file, contents);
} else if (!readFileSync(file).equals(contents)) {
  throw new Error("stellarstack.js is not what the sources give: npm run build");
}
