/**
 * The production server: `node server.js` after a build. SvelteKit's handler answers; the headers below stand on the
 * files that it serves by itself, which no hook sees. A page's own headers (lib/server/security-headers.ts) replace them.
 */
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SECURITY_HEADERS } from './src/lib/server/security-headers.ts';

const folder = resolve(process.env.BEDSIDE_BUILD_DIR ?? 'build');
const { handler } = await import(pathToFileURL(resolve(folder, 'handler.js')).href);

const fileHeaders = {
	...SECURITY_HEADERS,
	'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
};

const server = createServer((request, response) => {
	for (const [name, value] of Object.entries(fileHeaders)) response.setHeader(name, value);
	handler(request, response, () => {
		response.statusCode = 404;
		response.end();
	});
});

server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '0.0.0.0');

/** Lets requests under way finish, for a second. */
function stop() {
	server.close(() => process.exit(0));
	server.closeIdleConnections();
	setTimeout(() => server.closeAllConnections(), 1_000).unref();
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// A parent that started this with a channel and was killed.
process.once('disconnect', stop);
