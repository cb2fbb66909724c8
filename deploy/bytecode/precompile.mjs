// node precompile.mjs CORE ARCHIVE …: replaces the sources in archives with bytecode of the Pyodide in CORE.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [core, ...archives] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(resolve(core, "pyodide.mjs")));
// Without a fixed seed, the order in sets of constants would differ from build to build.
const pyodide = await loadPyodide({ indexURL: resolve(core), env: { HOME: "/", PYTHONHASHSEED: "0" } });
pyodide.FS.writeFile("/in_pyodide.py", readFileSync(new URL("./in_pyodide.py", import.meta.url)));
pyodide.runPython("import sys; sys.path.insert(0, '/')");
const { precompile } = pyodide.pyimport("in_pyodide");

for (const archive of archives) {
  pyodide.FS.writeFile("/archive.zip", readFileSync(archive));
  precompile("/archive.zip");
  writeFileSync(archive, pyodide.FS.readFile("/archive.zip"));
}
