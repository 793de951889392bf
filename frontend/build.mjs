// Builds the one file that Home Assistant serves; the same sources give the same bytes everywhere.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["src/stellarstack.ts"],
  outfile: "../custom_components/stellarstack/frontend/stellarstack.js",
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  minify: true,
  legalComments: "eof",
  logLevel: "warning",
});
