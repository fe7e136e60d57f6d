/** Middleware for Express, and everything with the same kind of middleware. */
import type { ServerResponse } from "node:http";

import { AuthError } from "./auth-error.js";
import type { Rights, Vestibule } from "./node.js";
import type { Request } from "./request.js";

export type Next = (error?: unknown) => void;
export type Middleware = (request: Request, response: ServerResponse, next: Next) => void;

const clients = new WeakMap<Request, Vestibule>();

/** Middleware that sets `request.user`, and refuses an invalid credential. */
export function authenticating(client: Vestibule): Middleware {
  return (request, response, next) => {
    clients.set(request, client);
    client.user(request).then(
      (user) => {
        request.user = user;
        next();
      },
      (error: unknown) => refuse(client, request, response, next, error),
    );
  };
}

/** Behind `auth()`: answers requests without a user with 401 or a redirect to sign in, lacking rights with 403. */
export function requireUser(rights: Rights = {}): Middleware {
  return (request, response, next) => {
    const client = clients.get(request);
    if (!client) throw new Error("requireUser: put app.use(auth()) before it.");
    try {
      client.require(request.user ?? null, rights);
    } catch (error) {
      refuse(client, request, response, next, error);
      return;
    }
    next();
  };
}

function refuse(client: Vestibule, request: Request, response: ServerResponse, next: Next, error: unknown): void {
  if (!(error instanceof AuthError)) {
    next(error);
    return;
  }
  const { status, headers, body } = client.refusal(request, error);
  response.writeHead(status, headers).end(body);
}
