/* A loopback server for the built site. */

import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".ipynb": "application/json",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The pages of the site, as paths with slashes. */
export function listPages(site) {
  return readdirSync(site, { recursive: true })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => path.endsWith(".html") && path !== "404.html")
    .sort();
}

/** Start serving; gives the address and a function that stops. */
export async function serve(site) {
  const server = createServer((request, response) => {
    const place = decodeURIComponent(new URL(request.url, "http://host").pathname);
    if (place === "/sitemap.xml") return answerSitemap(site, request, response);
    const file = join(site, normalize(place));
    if (!file.startsWith(site) || !existsSync(file) || !statSync(file).isFile()) {
      return response.writeHead(404).end("not found");
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    stop: () => new Promise((done) => server.close(done).closeAllConnections()),
  };
}

/** With the address it is served at, as a host would build it, so that instant navigation is on. */
function answerSitemap(site, request, response) {
  const entries = listPages(site).map((page) => `<url><loc>http://${request.headers.host}/${page}</loc></url>`);
  response.writeHead(200, { "content-type": "application/xml" });
  response.end(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${entries.join("")}</urlset>`);
}
