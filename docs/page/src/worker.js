// Runs the library in Pyodide, away from the page, so that typing never waits for a check.

import { loadPyodide } from "./pyodide/pyodide.mjs";

let python;
let browser;

async function start() {
  postMessage({ progress: "Loading Python" });
  python = await loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href });
  postMessage({ progress: "Loading mdm-osupdate" });
  const files = await (await fetch(new URL("./wheels.json", import.meta.url))).json();
  for (const file of files) {
    const answer = await fetch(new URL(`./wheels/${file}`, import.meta.url));
    python.unpackArchive(await answer.arrayBuffer(), "wheel");
  }
  const source = await fetch(new URL("./browser.py", import.meta.url));
  python.FS.writeFile("browser.py", await source.text());
  browser = python.pyimport("browser");
  postMessage({ ready: true });
}

const started = start();
started.catch((error) => postMessage({ failed: String(error.message ?? error) }));

onmessage = async ({ data }) => {
  try {
    await started;
    if (data.file) {
      postMessage({ text: browser.text_of(python.toPy(new Uint8Array(data.file))) });
    } else {
      postMessage({ id: data.id, verdict: JSON.parse(browser.verdict(JSON.stringify(data.request))) });
    }
  } catch (error) {
    postMessage({ id: data.id, failed: String(error.message ?? error) });
  }
};
