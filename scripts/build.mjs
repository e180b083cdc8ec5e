// Builds static/src into static/dist: app.js by esbuild, app.css by sass. `--watch` rebuilds on change.
import { build, context } from "esbuild";
import { compile } from "sass";
import { mkdirSync, watch, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "static/src");
const target = join(root, "static/dist");
mkdirSync(target, { recursive: true });

const script = {
  entryPoints: [join(source, "app.js")],
  outfile: join(target, "app.js"),
  bundle: true,
  minify: true,
  sourcemap: false,
  target: "es2020",
  legalComments: "none",
  logLevel: "warning",
};

function style() {
  const css = compile(join(source, "app.scss"), {
    style: "compressed",
    loadPaths: [join(root, "node_modules")],
    // Bootstrap 5.3 still uses @import and old colour functions; its warnings are not ours to mend.
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  }).css;
  writeFileSync(join(target, "app.css"), css);
}

style();
if (process.argv.includes("--watch")) {
  await (await context(script)).watch();
  watch(source, { recursive: true }, (_event, name) => {
    if (!name?.endsWith(".scss")) return;
    try {
      style();
    } catch (error) {
      console.error(error.message);
    }
  });
} else {
  await build(script);
}
