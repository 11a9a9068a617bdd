// Builds web/static/dist: the stylesheet of the product and that of the public pages, the scripts, the icon sprite, manifest.json, and .gz and .br beside each.
//
// Names carry a hash of the content, so that a file may be cached for a year. Nothing is fetched: all comes from npm ci.
// `npm run watch` builds again whenever a style, script or template changes.

import { createHash } from "node:crypto";
import { existsSync, watch } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build as bundle } from "esbuild";
import { PurgeCSS } from "purgecss";
import * as sass from "sass";

const assets = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(assets, "../..");
const modules = path.join(root, "node_modules");
const target = path.join(root, "web/static/dist");

// Folders whose files may name a class. Third parties are promised the classes that docs/front-end.md names.
const places = ["web", "plugins", "tests/thirdparty"];
const kept = ["docs/front-end.md"];

async function filesBelow(folder, endings) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map((entry) => {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) return ["static", "locale"].includes(entry.name) ? [] : filesBelow(full, endings);
      return endings.some((ending) => entry.name.endsWith(ending)) ? [full] : [];
    }),
  );
  return found.flat().sort();
}

function compiled(source) {
  return sass.compileString(source, {
    loadPaths: [path.join(assets, "scss"), modules],
    style: "compressed",
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions", "mixed-decls", "if-function"],
    logger: sass.Logger.silent,
  }).css;
}

async function styles() {
  const components = await filesBelow(path.join(root, "web/components"), [".scss"]);
  const source = ["app", ...components.map((file) => path.relative(path.join(assets, "scss"), file))]
    .map((name) => `@import "${name.replace(/\.scss$/, "")}";`)
    .join("\n");
  const css = compiled(source);
  const templates = (await Promise.all(places.map((place) => filesBelow(path.join(root, place), [".html", ".js", ".py"])))).flat();
  const [purged] = await new PurgeCSS().purge({
    content: [...templates, ...kept.map((name) => path.join(root, name)).filter(existsSync)],
    css: [{ raw: css }],
    variables: true,
    safelist: { standard: [/^tone-/, /^is-/, /^cell-/, /^htmx-/], greedy: [/data-elder/] },
    defaultExtractor: (text) => text.match(/[\w-]+/g) ?? [],
  });
  return purged.css;
}

async function sprite() {
  const icons = JSON.parse(await readFile(path.join(assets, "icons.json"), "utf8"));
  const symbols = await Promise.all(
    Object.entries(icons).map(async ([name, source]) => {
      const svg = await readFile(path.join(modules, "lucide-static/icons", `${source}.svg`), "utf8");
      const shapes = svg.replace(/<!--.*?-->/gs, "").replace(/<svg[^>]*>|<\/svg>/gs, "").replace(/\s+/g, " ").trim();
      return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/ ?\/> ?/g, "/>")}</symbol>`;
    }),
  );
  return { names: Object.keys(icons), svg: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>` };
}

async function scripts() {
  const result = await bundle({
    entryPoints: { app: path.join(assets, "js/app.js") },
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2020",
    minify: true,
    write: false,
    legalComments: "none",
    outdir: target,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
  });
  return result.outputFiles.map((file) => ({ name: path.basename(file.path), content: Buffer.from(file.contents) }));
}

function hashed(name, content) {
  const { name: stem, ext } = path.parse(name);
  return `${stem}-${createHash("sha256").update(content).digest("hex").slice(0, 10)}${ext}`;
}

async function store(name, content) {
  const bytes = Buffer.from(content);
  await writeFile(path.join(target, name), bytes);
  await writeFile(path.join(target, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
  const small = brotliCompressSync(bytes, options);
  await writeFile(path.join(target, `${name}.br`), small);
  return { name, bytes: bytes.length, br: small.length };
}

async function build() {
  const started = Date.now();
  const icons = await sprite();
  const files = { "app.css": await styles(), "public.css": compiled('@import "public";'), "icons.svg": icons.svg };
  files["favicon.svg"] = await readFile(path.join(assets, "img/favicon.svg"), "utf8");
  files["htmx.js"] = await readFile(path.join(modules, "htmx.org/dist/htmx.min.js"), "utf8");
  const chunks = await scripts();

  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const names = {};
  const report = [];
  for (const [name, content] of Object.entries(files)) {
    names[name] = hashed(name, content);
    report.push(await store(names[name], content));
  }
  for (const chunk of chunks) {
    if (/^app-/.test(chunk.name)) names["app.js"] = chunk.name;
    report.push(await store(chunk.name, chunk.content));
  }
  await writeFile(path.join(target, "manifest.json"), JSON.stringify({ files: names, icons: icons.names }, null, 1));
  for (const { name, bytes, br } of report) console.log(`${name.padEnd(34)} ${String(bytes).padStart(7)} B  ${String(br).padStart(6)} B br`);
  console.log(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

await build();

if (process.argv.includes("--watch")) {
  let waiting;
  const again = (_, name) => {
    if (!name || !/\.(scss|js|html|json|mjs)$/.test(name) || name.includes("dist")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => build().catch((error) => console.error(error.message)), 200);
  };
  for (const place of places.map((name) => path.join(root, name)).filter(existsSync)) watch(place, { recursive: true }, again);
  console.log("watching");
}
