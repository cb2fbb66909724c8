// Python and the decision engine, in a worker, so that the page responds to keys while they work.
import { loadPyodide } from "./python/pyodide.mjs";

const started = start();
let reference;

async function start() {
  const archive = bytes("engine.zip");
  const pyodide = await loadPyodide({ indexURL: new URL("./python/", import.meta.url).href });
  addArchive(pyodide, "/engine.zip", await archive);
  return { pyodide, answering: pyodide.pyimport("answering") };
}

async function bytes(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

// Python imports modules from archives that aren't unpacked, because it reads few of the reference's thousand files.
function addArchive(pyodide, path, content) {
  pyodide.FS.writeFile(path, content);
  pyodide.runPython(`import sys; sys.path.insert(0, "${path}")`);
}

async function loadReference(pyodide) {
  addArchive(pyodide, "/reference.zip", await bytes("reference.zip"));
}

async function answer({ number, ask, line }) {
  const { pyodide, answering } = await started;
  if (ask === "problems") {
    reference ??= loadReference(pyodide);
    await reference;
  }
  return { number, ask, answer: JSON.parse(ask === "problems" ? answering.problems(line) : answering.decide(line)) };
}

// One request after another, so that a decision isn't overtaken by a request that was sent later.
let last = Promise.resolve();
self.onmessage = ({ data }) => {
  last = last.then(() => answer(data)).then(self.postMessage.bind(self), (error) => self.postMessage({ ...data, error: String(error) }));
};
started.then(() => self.postMessage({ ready: true }), (error) => self.postMessage({ error: String(error) }));
