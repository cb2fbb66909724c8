// Builds built/editor.js, a module without imports, and LICENSES.txt, the licenses of the packages in it. The same
// sources and lock file always result in the same bytes.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const out = process.argv[2] ?? "built";
const { metafile } = await build({
  entryPoints: ["src/editor.js"],
  outfile: `${out}/editor.js`,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

const packages = new Set(
  Object.keys(metafile.inputs)
    .map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1])
    .filter(Boolean),
);
const texts = [...packages].sort().map((name) => {
  const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
});
const head = "editor.js is built from src/, under this project's license, and from these packages, under their own licenses.\n";
writeFileSync(`${out}/LICENSES.txt`, [head, ...texts].join(`\n${"-".repeat(80)}\n\n`));
