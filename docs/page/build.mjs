// Bundles the page into build/page and the script for diagrams into build/diagrams: npm run build.
// The wheels must be in build/wheels.

import { build } from "esbuild";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";

const root = new URL("../../", import.meta.url);
const out = new URL("build/page/", root);
const check = new URL("check/", out);

await rm(out, { recursive: true, force: true });
await rm(new URL("build/diagrams/", root), { recursive: true, force: true });
await mkdir(new URL("pyodide/", check), { recursive: true });
const bundle = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "linked",
  external: ["./pyodide/pyodide.mjs"],
};
await build({ ...bundle, entryPoints: ["src/page.js", "src/worker.js"], outdir: check.pathname });
await build({
  ...bundle,
  entryPoints: ["src/diagrams.js"],
  outdir: new URL("build/diagrams/", root).pathname,
  splitting: true,
});
for (const name of ["index.html", "style.css", "browser.py"]) {
  await cp(new URL(`src/${name}`, import.meta.url), new URL(name, check));
}
const pyodide = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];
for (const name of pyodide) {
  await cp(new URL(`node_modules/pyodide/${name}`, import.meta.url), new URL(`pyodide/${name}`, check));
}
const examples = new URL("docs/examples/", root);
for (const name of [
  "commands/bad-deferrals-as-text.plist",
  "commands/install-mac-tonight.plist",
  "responses/no-space.plist",
  "declarations/bad-with-zone.json",
  "devices.csv",
]) {
  await cp(new URL(name, examples), new URL(`examples/${name.split("/").at(-1)}`, check));
}
const wheels = new URL("build/wheels/", root);
await cp(wheels, new URL("wheels/", check), { recursive: true });
await writeFile(new URL("wheels.json", check), JSON.stringify(await readdir(wheels)));
