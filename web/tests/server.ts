/** The only stand-in of these tests: the server's answers, in place of the browser's `fetch`. */
import { vi } from "vitest";

export interface Seen {
  method: string;
  url: string;
  path: string;
  credentials: RequestCredentials;
  headers: Headers;
  body: unknown;
}

/** Status, body and headers of an answer. A text is sent as it is, anything else as JSON. */
export type Answer = [status: number, body: unknown, headers?: Record<string, string>];

/** Answers every request from now on. Returns the requests that came, in order. */
export function serve(answer: (seen: Seen) => Answer | Promise<Answer>): Seen[] {
  const requests: Seen[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const text = await request.text();
    const { pathname, search } = new URL(request.url);
    const seen: Seen = {
      method: request.method,
      url: request.url,
      path: pathname + search,
      credentials: request.credentials,
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
    };
    requests.push(seen);
    const [status, body, headers] = await answer(seen);
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
  });
  return requests;
}

/** Answers with these, one after the other. */
export function serveInTurn(...answers: Answer[]): Seen[] {
  return serve(() => answers.shift() ?? [500, problem("internal_error")]);
}

export function problem(code: string, more: object = {}): object {
  return { code, detail: `Refused: ${code}`, errors: {}, errorCodes: {}, requestId: "req_1", ...more };
}

/** The pages anew, without what earlier tests have left in their memory, with this type of session. */
export async function freshPages(sessionType: "cookie" | "token" = "cookie") {
  vi.resetModules();
  vi.stubEnv("VITE_VESTIBULE_SESSION_TYPE", sessionType);
  const { api } = await import("../src/api");
  const { store } = await import("../src/app/store");
  const { default: i18n, startTexts } = await import("../src/app/i18n");
  await startTexts();
  return { api, store, i18n, dispatch: store.dispatch };
}

export const ALICE = {
  id: "usr_00000000000000000000000001",
  username: "alice",
  email: "alice@example.com",
  emailVerified: true,
  name: null,
  firstName: null,
  lastName: null,
  locale: null,
  timeZone: null,
  profile: {},
  roles: [],
  createdAt: "2026-01-31T12:00:00.000000Z",
  lastLoginAt: null,
};
export const ATTEMPT = { id: "att_00000000000000000000000001", expiresAt: "2026-01-31T12:10:00.000000Z" };
