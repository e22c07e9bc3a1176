// Runs the library in Pyodide, away from the page, so that typing never waits for a check.

import { loadPyodide } from "./pyodide/pyodide.mjs";

let verdict;

async function start() {
  postMessage({ progress: "Loading Python" });
  const python = await loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href });
  postMessage({ progress: "Loading mdm-osupdate" });
  const files = await (await fetch(new URL("./wheels.json", import.meta.url))).json();
  for (const file of files) {
    const answer = await fetch(new URL(`./wheels/${file}`, import.meta.url));
    python.unpackArchive(await answer.arrayBuffer(), "wheel");
  }
  const source = await fetch(new URL("./browser.py", import.meta.url));
  python.FS.writeFile("browser.py", await source.text());
  verdict = python.pyimport("browser").verdict;
  postMessage({ ready: true });
}

const started = start();
started.catch((error) => postMessage({ failed: String(error.message ?? error) }));

onmessage = async ({ data }) => {
  try {
    await started;
    postMessage({ id: data.id, verdict: JSON.parse(verdict(JSON.stringify(data.request))) });
  } catch (error) {
    postMessage({ id: data.id, failed: String(error.message ?? error) });
  }
};
