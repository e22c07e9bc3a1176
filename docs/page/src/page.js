// The page: an editor, a device, and what the library says of the document.

import { json } from "@codemirror/lang-json";
import { xml } from "@codemirror/lang-xml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";

import { fromFragment, toFragment } from "./link.js";

const PAUSE = 300; // ms after the last key before the document is checked
const RULES = "../rules/";
const EXAMPLES = {
  "Command with a mistake": "bad-deferrals-as-text.plist",
  "Command for a Mac": "install-mac-tonight.plist",
  "Response without enough space": "no-space.plist",
  "Declaration with mistakes": "bad-with-zone.json",
  "Inventory": "devices.csv",
};

const UNKNOWN = { releases: "the releases that Apple offers (add a feed)", version: "the version of the update" };

const byId = (id) => document.getElementById(id);
const form = byId("device");
const feeds = new Map();
const languages = new Compartment();

// -- the editor -------------------------------------------------------------------------------

const colors = HighlightStyle.define([
  { tag: [tags.tagName, tags.propertyName, tags.keyword], color: "var(--name)" },
  { tag: [tags.string, tags.attributeValue], color: "var(--string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--number)" },
  { tag: [tags.comment, tags.meta, tags.processingInstruction], color: "var(--quiet)" },
]);

const editor = new EditorView({
  parent: byId("editor"),
  extensions: [
    syntaxHighlighting(colors),
    basicSetup,
    lintGutter(),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": "Document" }),
    languages.of([]),
    EditorView.updateListener.of((update) => update.docChanged && changed()),
  ],
});

editor.scrollDOM.tabIndex = 0; // so that the keyboard scrolls it

const text = () => editor.state.doc.toString();

function setText(value) {
  editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
}

function highlight() {
  const first = text().trimStart()[0];
  const language = first === "<" ? xml() : first === "{" || first === "[" ? json() : [];
  editor.dispatch({ effects: languages.reconfigure(language) });
}

/** Return the offset of a place in the document; lines and columns are counted from 1. */
function offset({ line, column }) {
  const found = editor.state.doc.line(Math.min(line ?? 1, editor.state.doc.lines));
  return Math.min(found.from + Math.max((column ?? 1) - 1, 0), found.to);
}

function goTo(finding) {
  const place = offset(finding);
  editor.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: "center" }) });
  editor.focus();
}

// -- the worker -------------------------------------------------------------------------------

const worker = new Worker("worker.js", { type: "module" });
let ready = false;
let timer = 0;
let latest = 0;

worker.onmessage = ({ data }) => {
  if (data.progress) {
    byId("progress").value += 1;
    say(data.progress);
  } else if (data.ready) {
    ready = true;
    byId("progress").remove();
    check();
  } else if (data.failed) {
    byId("progress")?.remove();
    say(`The check could not run: ${data.failed}`);
  } else if (data.text !== undefined) {
    setText(data.text);
  } else if (data.id === latest) {
    show(data.verdict);
  }
};

function changed() {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
}

function check() {
  highlight();
  remember();
  if (!ready) return;
  if (!text().trim()) return show({ kind: "", findings: [], problems: [] });
  latest += 1;
  const request = { text: text(), device: device(), feeds: [...feeds.values()], target: target(), deadline: deadline(), now: localTime(0) };
  worker.postMessage({ id: latest, request });
}

function device() {
  const given = Object.fromEntries(new FormData(form));
  if (!given.platform || !given.os_version.trim()) return null;
  const known = { true: true, false: false, "": null };
  return {
    platform: given.platform,
    os_version: given.os_version.trim(),
    supervised: known[given.supervised],
    enrollment: given.enrollment || null,
    channel: given.channel,
    shared_ipad: known[given.shared_ipad],
    declaration_managed: known[given.declaration_managed],
    access_rights: /^\d+$/.test(given.access_rights.trim()) ? Number(given.access_rights) : given.access_rights.trim() || null,
    build: given.build.trim() || null,
    model: given.model.trim() || null,
  };
}

const target = () => form.elements.target.value.trim();
const deadline = () => form.elements.deadline.value || localTime(14).slice(0, 11) + "19:00:00";

/** Return the local time in so many days, as 2026-12-01T19:00:00. */
function localTime(days) {
  const time = new Date(Date.now() + days * 86400000);
  return new Date(time - time.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

// -- what the page shows ----------------------------------------------------------------------

function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

function say(what) {
  byId("status").textContent = what;
}

function show(verdict) {
  byId("problems").replaceChildren(...verdict.problems.map((problem) => element("li", { className: "finding error" }, problem)));
  byId("findings").replaceChildren(...verdict.findings.map((finding) => element("li", {}, box(finding, true))));
  byId("undecided").textContent = unchecked(verdict);
  byId("details").replaceChildren(...details(verdict));
  editor.dispatch(setDiagnostics(editor.state, verdict.findings.filter((finding) => finding.line).map(diagnostic)));
  say(verdict.kind ? `${verdict.kind}: ${count(verdict)}` : "Paste a document, or choose an example.");
}

/** Return why rules were not checked, and what to enter so that they are. */
function unchecked({ kind, rows, undecided = [] }) {
  if (kind && !rows && !device()) return "Choose a platform and a version to check whether the device supports this.";
  const names = undecided.map((name) => UNKNOWN[name] ?? form.elements[name].labels[0].firstChild.textContent.trim());
  return names.length ? `Some rules were not checked. Unknown: ${names.join(", ")}.` : "";
}

function count({ findings, rows, devices, unusable, left_out: more = 0 }) {
  if (rows) return `${devices} device${devices === 1 ? "" : "s"}${unusable ? `, ${unusable} cannot be used` : ""}`;
  if (!findings.length) return "no findings";
  const told = ["error", "warning", "info"].map((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number && `${number} ${severity}${number === 1 ? "" : "s"}`;
  });
  return told.filter(Boolean).join(", ") + (more ? `, and ${more} more` : "");
}

function box(finding, placed) {
  const { rule, severity, path, message, hint, source, line, column } = finding;
  const head = element("div", {});
  if (placed && line) {
    const jump = element("button", { type: "button" }, `Line ${line}`);
    jump.addEventListener("click", () => goTo(finding));
    head.append(jump, " ");
  }
  head.append(element("span", { className: "severity" }, severity), " ", element("a", { href: `${RULES}${rule}/` }, rule));
  const parts = [head, element("p", {}, path ? `${path}: ${message}` : message), element("p", {}, hint)];
  return element("div", { className: `finding ${severity}` }, ...parts, element("p", { className: "quiet" }, `Source: ${source}`));
}

function diagnostic(finding) {
  const from = offset(finding);
  const to = Math.max(from, editor.state.doc.lineAt(from).to);
  return { from, to, severity: finding.severity, message: `${finding.rule}: ${finding.message}\n${finding.hint}` };
}

function* details({ findings, corrected, support, rows, more_rows, documents = [], more_documents }) {
  const removed = findings.some(({ rule }) => rule === "OSU402");
  if (rows) yield section("Devices", table(rows.map(plannedRow)), true);
  if (more_rows) yield element("p", {}, `${more_rows} more devices are not shown.`);
  if (rows && !target()) yield element("p", {}, "Enter a target to plan the update of each device.");
  if (corrected) yield section("Corrected document", copyable(corrected));
  if (documents.length === 1) yield* aboutDocument(documents[0], removed);
  else for (const each of documents) yield section(`Line ${each.line}: ${each.title}`, "", false, ...aboutDocument(each));
  if (more_documents) yield element("p", {}, `${more_documents} more documents are not shown.`);
  if (support) yield section("What this device supports", table(support));
}

function* aboutDocument({ message, declaration, errors }, removed = false) {
  if (errors?.length) yield section("Errors that the device reports", table(errors), true);
  if (declaration?.problem) yield section("Declaration to send since OS 27", element("p", {}, declaration.problem));
  if (declaration?.text) {
    const found = declaration.findings.map((finding) => box(finding, false));
    yield section("Declaration to send since OS 27", copyable(declaration.text), removed, ...found);
  }
  if (message) yield section("Message", element("pre", { tabIndex: 0 }, JSON.stringify(message, null, 2)));
}

function plannedRow({ name, device, problem, send, reason }) {
  const told = element("div", {}, device ?? problem ?? "");
  if (send) told.append(": ", element("b", {}, send), element("p", { className: "quiet reason" }, reason));
  return [name ?? "", told];
}

function section(title, content, open = false, ...more) {
  return element("details", { open }, element("summary", {}, title), content, ...more);
}

function copyable(what) {
  const button = element("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(what);
    say("Copied.");
  });
  return element("div", {}, button, element("pre", { tabIndex: 0 }, what));
}

function table(rows) {
  const body = rows.map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, ...breakable(name)), element("td", {}, value)));
  return element("table", {}, element("tbody", {}, ...body));
}

/** Let a long name break between its words, as in SoftwareUpdate|Settings. */
function breakable(name) {
  return name.split(/(?<=[a-z])(?=[A-Z])/).flatMap((word) => [word, element("wbr")]);
}

// -- the address ------------------------------------------------------------------------------

const state = () => ({ text: text(), ...Object.fromEntries(new FormData(form)) });

async function remember() {
  const fragment = await toFragment(state());
  history.replaceState(null, "", fragment && text() ? `#${fragment}` : location.pathname);
  byId("share").disabled = !fragment;
}

async function restore() {
  const kept = await fromFragment(location.hash.slice(1));
  if (kept === null) return;
  for (const field of form.elements) {
    if (field.name && typeof kept[field.name] === "string") field.value = kept[field.name];
  }
  byId("more").open ||= [...byId("more").querySelectorAll("input, select")].some((field) => field.selectedIndex ?? field.value);
  setText(kept.text);
}

// -- what people do ---------------------------------------------------------------------------

async function openFile(file) {
  if (!file) return;
  say("Opening the file");
  worker.postMessage({ file: await file.arrayBuffer() });
}

form.addEventListener("input", changed);
form.addEventListener("submit", (event) => event.preventDefault());
byId("file").addEventListener("change", ({ target }) => openFile(target.files[0]));
byId("feed").addEventListener("change", async ({ target }) => {
  for (const file of target.files) feeds.set(file.name, await file.text());
  changed();
});
byId("share").addEventListener("click", async () => {
  await remember();
  await navigator.clipboard.writeText(location.href);
  say("Link copied.");
});
byId("example").append(...Object.entries(EXAMPLES).map(([name, value]) => element("option", { value }, name)));
byId("example").addEventListener("change", async ({ target }) => {
  if (target.value) setText(await (await fetch(`examples/${target.value}`)).text());
});
byId("editor").addEventListener("dragover", (event) => {
  event.preventDefault();
  byId("editor").classList.add("dropping");
});
byId("editor").addEventListener("dragleave", () => byId("editor").classList.remove("dropping"));
byId("editor").addEventListener(
  "drop",
  (event) => {
    byId("editor").classList.remove("dropping");
    if (!event.dataTransfer.files.length) return; // text: the editor's own business
    event.preventDefault();
    event.stopPropagation();
    openFile(event.dataTransfer.files[0]);
  },
  true,
);
addEventListener("hashchange", restore);
await restore();
