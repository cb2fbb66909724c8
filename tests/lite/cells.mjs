// Runs a notebook's cells in Pyodide under Node: the site's Python, without a browser.
//   node cells.mjs SITE/static/pyodide NOTEBOOK  → a line of JSON for each cell that fails, and one at the end
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [, , folder, notebook] = process.argv;
const home = resolve(folder) + "/";
const { loadPyodide } = await import(pathToFileURL(home + "pyodide.mjs"));
const lock = JSON.parse(readFileSync(home + "pyodide-lock.json", "utf-8"));
const packages = Object.keys(lock.packages).filter((name) => !["pyodide-kernel", "ipykernel", "piplite"].includes(name));
const began = Date.now();
const quiet = { stdout: () => {}, stderr: () => {} };
const pyodide = await loadPyodide({ indexURL: home, packages, checkIntegrity: false, ...quiet });
const loaded = Date.now() - began;
pyodide.FS.mkdirTree("/home/learner/notebooks");
const cells = JSON.parse(readFileSync(notebook, "utf-8")).cells.filter((cell) => cell.cell_type === "code");
pyodide.globals.set("cells", pyodide.toPy(cells.map((cell) => [cell.id, cell.source.join("")])));
pyodide.globals.set("say", (line) => process.stdout.write(line + "\n"));
await pyodide.runPythonAsync(`
import contextlib, io, json, os, time
os.environ["HOME"] = "/home/learner"
os.chdir("/home/learner/notebooks")
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
began = time.monotonic()
failed = 0
times = []
for id, source in cells:
    start = time.monotonic()
    with contextlib.redirect_stdout(io.StringIO()) as out:
        ran = shell.run_cell(source, store_history=True)
    times.append((round(time.monotonic() - start, 1), id))
    error = ran.error_before_exec or ran.error_in_exec
    if error is not None:
        failed += 1
        say(json.dumps({"cell": id, "error": type(error).__name__, "message": str(error)[:2000], "said": out.getvalue()[-1500:] if os.environ.get("LOUD") else ""}))
say(json.dumps({"cells": len(cells), "failed": failed, "seconds": round(time.monotonic() - began, 1), "slowest": sorted(times)[-5:]}))
`);
const memory = pyodide._module.HEAP8.length;
process.stdout.write(JSON.stringify({ loaded, memory }) + "\n");
process.exit(0);
