// An application that says what the JavaScript library says, and whose time a test moves.
import http from "node:http";
import { AuthError, Vestibule } from "@vestibule/client/node";

let client, log, moved;

/** A client that knows nothing yet. */
function fresh(options) {
  client?.close();
  [log, moved] = [[], 0];
  client = new Vestibule({
    ...options,
    timeout: Number(options.timeout),
    log: (message) => log.push(message),
    now: () => performance.now() + moved,
  });
  return {};
}

const answers = {
  "/fresh": (url) => fresh(Object.fromEntries(url.searchParams)),
  "/later": (url) => ({ moved: (moved += 1000 * Number(url.searchParams.get("seconds"))) }),
  "/log": () => log,
};

async function user(request) {
  try {
    const found = await client.user(request);
    return { status: 200, via: found?.via ?? null, id: found?.id ?? null };
  } catch (error) {
    if (!(error instanceof AuthError)) return { status: 500, code: "crash", detail: String(error.stack) };
    const { status, code, got, expected, fix, message: detail } = error;
    return { status, code, got, expected, fix, detail };
  }
}

http
  .createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    const answer = answers[url.pathname]?.(url) ?? (await user(request));
    response.end(JSON.stringify(answer));
  })
  .listen(Number(process.env.PORT), "localhost");
