import { afterEach, describe, expect, test, vi } from "vitest";

import { asProblem } from "../src/api/problem";
import { ALICE, ATTEMPT, freshPages, problem, serve, serveInTurn, type Answer, type Seen } from "./server";

const bearerOf = (seen: Seen | undefined) => seen?.headers.get("Authorization");
const expired = problem("invalid_token");

describe("A cookie session", () => {
  test("sends the CSRF token of its cookie with unsafe requests only", async () => {
    document.cookie = "XSRF-TOKEN=pair";
    const requests = serve(() => [200, {}]);
    const { api, dispatch } = await freshPages();
    await dispatch(api.endpoints.getSessions.initiate());
    await dispatch(api.endpoints.deleteSessions.initiate({}));
    const tokens = requests.map(({ method, headers }) => [method, headers.get("XSRF-Token")]);
    expect(Object.fromEntries(tokens)).toEqual({ GET: null, DELETE: "pair" });
  });

  test("gets a token first where the browser has none", async () => {
    const requests = serve(({ path }) => {
      if (path === "/api/csrf/restore") document.cookie = "XSRF-TOKEN=new";
      return [200, {}];
    });
    const { api, dispatch } = await freshPages();
    await dispatch(api.endpoints.deleteSessions.initiate({}));
    expect(requests.map(({ path }) => path)).toEqual(["/api/csrf/restore", "/api/sessions"]);
    expect(requests[1]?.headers.get("XSRF-Token")).toBe("new");
  });

  test("sends nothing unsafe before that token is there", async () => {
    let arrive = () => {};
    const requests = serve(({ path }) => {
      if (path !== "/api/csrf/restore") return [200, {}];
      return new Promise((resolve) => {
        arrive = () => {
          document.cookie = "XSRF-TOKEN=late";
          resolve([200, {}]);
        };
      });
    });
    const { api, dispatch } = await freshPages();
    const sent = dispatch(api.endpoints.deleteSessions.initiate({}));
    await vi.waitFor(() => expect(requests).toHaveLength(1));
    arrive();
    await sent;
    expect(requests[1]?.headers.get("XSRF-Token")).toBe("late");
  });

  test("replaces the token of an earlier session once, and sends the request again", async () => {
    document.cookie = "XSRF-TOKEN=old";
    const requests = serveInTurn([403, problem("csrf_failed")], [200, {}], [200, { ended: 2 }]);
    const { api, dispatch } = await freshPages();
    const answer = await dispatch(api.endpoints.deleteSessions.initiate({}));
    expect(answer.data).toEqual({ ended: 2 });
    expect(requests.map(({ method }) => method)).toEqual(["DELETE", "GET", "DELETE"]);
  });

  test("says that cookies are blocked when the new token does not come back either", async () => {
    serve(({ path }) => (path === "/api/csrf/restore" ? [200, {}] : [403, problem("csrf_failed")]));
    const { api, dispatch } = await freshPages();
    const { error } = await dispatch(api.endpoints.deleteSessions.initiate({}));
    expect(asProblem(error).code).toBe("cookies_blocked");
  });

  test("has no user when the server says so, and when it is over", async () => {
    serveInTurn([200, { user: null }], [401, problem("authentication_required")], [200, { user: ALICE }]);
    const { api, dispatch } = await freshPages();
    const ask = () => dispatch(api.endpoints.currentUser.initiate(undefined, { forceRefetch: true }));
    expect([(await ask()).data, (await ask()).data, (await ask()).data]).toEqual([null, null, ALICE]);
  });

  test("is over after signing out, also when it was over already", async () => {
    const requests = serveInTurn([200, {}], [401, problem("authentication_required")]);
    document.cookie = "XSRF-TOKEN=pair";
    const { api, dispatch } = await freshPages();
    expect((await dispatch(api.endpoints.signOut.initiate())).data).toBeNull();
    expect((await dispatch(api.endpoints.signOut.initiate())).error).toBeUndefined();
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array(2).fill("DELETE /api/session"),
    );
  });

  test("needs no secret for the steps of an attempt: its cookie has it", async () => {
    document.cookie = "XSRF-TOKEN=pair";
    const requests = serve(() => [200, { status: "needs_step", attempt: ATTEMPT, steps: [] }]);
    const { api, dispatch } = await freshPages();
    await dispatch(api.endpoints.beginLogin.initiate("alice"));
    await dispatch(api.endpoints.takeStep.initiate({ attempt: ATTEMPT.id, step: { method: "email_link" } }));
    expect(requests[0]?.body).toEqual({ identifier: "alice", sessionType: "cookie" });
    expect(requests[1]?.body).toEqual({ method: "email_link" });
  });
});

describe("The end of an unused session", () => {
  const START = Date.parse("2026-01-31T12:00:00Z");
  const MINUTE = 60_000;

  afterEach(() => {
    vi.useRealTimers();
  });

  async function shown(expiresAt: string | null, then?: Answer) {
    vi.useFakeTimers({ toFake: ["Date"], now: START });
    const { api, dispatch } = await freshPages();
    const { sessionEndsAt } = await import("../src/api/sessionEnd");
    serveInTurn([200, { user: ALICE, expiresAt }], ...(then ? [then] : []));
    await dispatch(api.endpoints.currentUser.initiate());
    vi.setSystemTime(START + 5 * MINUTE);
    if (then) await dispatch(api.endpoints.getSessions.initiate());
    return sessionEndsAt();
  }

  test("is what the server says", async () => {
    expect(await shown("2026-01-31T12:30:00Z")).toBe(START + 30 * MINUTE);
  });

  test("is unknown where the server says none", async () => {
    expect(await shown(null, [200, { sessions: [] }])).toBeUndefined();
  });

  test("moves on with every answered request", async () => {
    expect(await shown("2026-01-31T12:30:00Z", [200, { sessions: [] }])).toBe(START + 35 * MINUTE);
  });

  test("stays with a refused one", async () => {
    expect(await shown("2026-01-31T12:30:00Z", [429, problem("rate_limited")])).toBe(START + 30 * MINUTE);
  });
});

describe("A token session", () => {
  async function signedIn(token = "first") {
    const pages = await freshPages("token");
    const { keepAccessToken } = await import("../src/api/tokenSession");
    keepAccessToken(token);
    const sessions = () =>
      pages.dispatch(pages.api.endpoints.getSessions.initiate(undefined, { forceRefetch: true }));
    return { ...pages, sessions };
  }

  test("keeps the access token of a sign-in in memory, and nowhere else", async () => {
    const requests = serve(({ path }) =>
      path === "/api/sessions" ? [200, { sessions: [] }] : [200, { user: ALICE, accessToken: "secret" }],
    );
    const { api, dispatch } = await freshPages("token");
    await dispatch(api.endpoints.signIn.initiate({ credential: "alice", password: "rainy tuesday harbour" }));
    await dispatch(api.endpoints.getSessions.initiate());
    expect(requests[0]?.body).toMatchObject({ tokenDelivery: "cookie" });
    expect(bearerOf(requests[1])).toBe("Bearer secret");
    expect([localStorage.length, sessionStorage.length, document.cookie]).toEqual([0, 0, ""]);
    expect(location.href).not.toContain("secret");
  });

  test("refreshes once for all requests that find the access token expired at the same time", async () => {
    const requests = serve((seen) => {
      if (seen.path === "/api/auth/refresh") return [200, { accessToken: "second" }];
      return bearerOf(seen) === "Bearer second" ? [200, { sessions: [] }] : [401, expired];
    });
    const { api, dispatch, sessions } = await signedIn();
    const answers = await Promise.all([
      sessions(),
      dispatch(api.endpoints.getAccountMethods.initiate()),
      dispatch(api.endpoints.getAccountApiKeys.initiate()),
    ]);
    expect(answers.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(requests.filter(({ path }) => path === "/api/auth/refresh")).toHaveLength(1);
  });

  test.each(["invalid_token", "authentication_required"])("refreshes with a POST after %s", async (code) => {
    const requests = serve((seen) => {
      if (seen.path === "/api/auth/refresh") return [200, { accessToken: "second" }];
      return bearerOf(seen) === "Bearer second" ? [200, { sessions: [] }] : [401, problem(code)];
    });
    const { sessions } = await signedIn();
    expect((await sessions()).data).toEqual({ sessions: [] });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /api/sessions",
      "POST /api/auth/refresh",
      "GET /api/sessions",
    ]);
  });

  test("does not refresh for an answer that is late: another request has done it meanwhile", async () => {
    const { sessions } = await signedIn();
    const { keepAccessToken } = await import("../src/api/tokenSession");
    const requests = serve((seen) => {
      if (bearerOf(seen) === "Bearer second") return [200, { sessions: [] }];
      keepAccessToken("second");
      return [401, expired];
    });
    expect((await sessions()).data).toEqual({ sessions: [] });
    expect(requests.map(bearerOf)).toEqual(["Bearer first", "Bearer second"]);
  });

  test("shows the refusal when it cannot be refreshed, and has no access token then", async () => {
    const requests = serve(({ path }) =>
      path === "/api/auth/refresh" ? [401, problem("invalid_refresh_token")] : [401, expired],
    );
    const { sessions } = await signedIn();
    expect(asProblem((await sessions()).error).code).toBe("invalid_token");
    expect(requests.map(({ path }) => path)).toEqual(["/api/sessions", "/api/auth/refresh"]);
    const { hasAccessToken } = await import("../src/api/tokenSession");
    expect(hasAccessToken()).toBe(false);
  });

  test.each([
    ["an answer without a token", { accessToken: null }],
    ["a token that is no text", { accessToken: 7 }],
    ["a text", "welcome"],
  ])("takes %s for no refresh", async (_, body) => {
    serve(({ path }) => (path === "/api/auth/refresh" ? [200, body] : [401, expired]));
    const { sessions } = await signedIn();
    expect(asProblem((await sessions()).error).code).toBe("invalid_token");
  });

  test("refreshes again for a later expiry", async () => {
    let number = 0;
    const requests = serve((seen) => {
      if (seen.path === "/api/auth/refresh") return [200, { accessToken: `token ${++number}` }];
      return bearerOf(seen) === `Bearer token ${number}` ? [200, { sessions: [] }] : [401, expired];
    });
    const { sessions } = await signedIn();
    await sessions();
    number = 7;
    expect((await sessions()).data).toEqual({ sessions: [] });
    expect(requests.filter(({ path }) => path === "/api/auth/refresh")).toHaveLength(2);
  });

  test.each(["signIn", "signOut"] as const)("never refreshes for %s", async (endpoint) => {
    const requests = serve(() => [401, problem("authentication_required")]);
    const { api, dispatch } = await signedIn();
    if (endpoint === "signIn")
      await dispatch(api.endpoints.signIn.initiate({ email: "a@b.example", password: "x" }));
    else await dispatch(api.endpoints.signOut.initiate());
    expect(requests.map(({ path }) => path)).not.toContain("/api/auth/refresh");
    expect(requests).toHaveLength(1);
  });

  test("looks for a session once after a reload, with the refresh cookie", async () => {
    const requests = serveInTurn([200, { accessToken: "again" }], [200, { user: ALICE, success: true }]);
    const { api, dispatch } = await freshPages("token");
    expect((await dispatch(api.endpoints.currentUser.initiate())).data).toEqual(ALICE);
    expect(requests.map(({ path }) => path)).toEqual(["/api/auth/refresh", "/api/auth/profile"]);
    expect(bearerOf(requests[1])).toBe("Bearer again");
  });

  test("has no user when there is nothing to refresh", async () => {
    const requests = serve(() => [401, problem("invalid_refresh_token")]);
    const { api, dispatch } = await freshPages("token");
    expect((await dispatch(api.endpoints.currentUser.initiate())).data).toBeNull();
    expect(requests).toHaveLength(1);
  });

  test("forgets the access token when the user signs out", async () => {
    serve(() => [200, {}]);
    const { api, dispatch } = await signedIn();
    await dispatch(api.endpoints.signOut.initiate());
    const { hasAccessToken } = await import("../src/api/tokenSession");
    expect(hasAccessToken()).toBe(false);
  });

  test("sends the secret of an attempt with its steps, and with no other attempt's", async () => {
    const requests = serve(({ body }) => {
      const attempt = (body as { identifier?: string }).identifier ? { ...ATTEMPT, secret: "binds" } : null;
      return [200, { status: "needs_step", attempt, steps: [] }];
    });
    const { api, dispatch } = await freshPages("token");
    await dispatch(api.endpoints.beginLogin.initiate("alice"));
    const step = { method: "totp", code: "123456" } as const;
    await dispatch(api.endpoints.takeStep.initiate({ attempt: ATTEMPT.id, step }));
    await dispatch(api.endpoints.takeStep.initiate({ attempt: "att_other", step }));
    expect(requests.map(({ body }) => body)).toEqual([
      { identifier: "alice", sessionType: "token", tokenDelivery: "cookie" },
      { ...step, secret: "binds" },
      step,
    ]);
  });
});
