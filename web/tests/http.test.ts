import { createHash } from "node:crypto";

import { describe, expect, test, vi } from "vitest";

import { asProblem } from "../src/api/problem";
import { solve } from "../src/api/proofOfWork";
import { freshPages, problem, serve, serveInTurn } from "./server";

async function config() {
  const { api, dispatch } = await freshPages();
  return dispatch(api.endpoints.getConfig.initiate());
}

describe("A request", () => {
  test("is sent in the language of the pages", async () => {
    localStorage.setItem("vestibule.language", "de");
    const requests = serveInTurn([200, {}]);
    await config();
    expect(requests[0]?.headers.get("Accept-Language")).toBe("de");
  });

  test.each([
    ["to the own origin when none is set", "", "http://localhost:8000/api/config", "same-origin"],
    [
      "to another origin with that origin's cookies",
      "https://id.example",
      "https://id.example/api/config",
      "include",
    ],
    [
      "below the path of the pages",
      "/auth-service/",
      "http://localhost:8000/auth-service/api/config",
      "same-origin",
    ],
  ])("goes %s", async (_, api, url, credentials) => {
    vi.stubEnv("VITE_VESTIBULE_URL", api || undefined);
    const requests = serveInTurn([200, {}]);
    await config();
    expect(requests[0]).toMatchObject({ url, credentials });
  });

  test("that is refused is read as the problem that the server sent", async () => {
    serveInTurn([429, problem("rate_limited"), { "Retry-After": "30" }]);
    const found = asProblem((await config()).error);
    expect(found).toMatchObject({ code: "rate_limited", detail: "Refused: rate_limited", retryAfter: 30 });
  });

  test.each([
    ["a page of a proxy", "<html>Bad gateway</html>"],
    ["JSON of a proxy", '{"code": 502, "message": "upstream"}'],
    ["no object", "[]"],
    ["nothing", "null"],
  ])("that is answered with %s is an internal error", async (_, body) => {
    serveInTurn([502, body]);
    expect(asProblem((await config()).error)).toEqual(asProblem(undefined));
    expect(asProblem(undefined).code).toBe("internal_error");
  });

  test("without a network is told apart from a refusal", async () => {
    serve(() => Promise.reject(new TypeError("Failed to fetch")));
    expect(asProblem((await config()).error).code).toBe("offline");
  });

  test("with the refusal of another program lacks no member that the pages read", async () => {
    serveInTurn([400, { code: "ours_not" }]);
    expect(asProblem((await config()).error)).toMatchObject({ detail: "", errors: {}, errorCodes: {} });
  });
});

describe("The proof of work", () => {
  const challenge = { algorithm: "SHA-256", puzzle: "v1.abc", bits: 9 };
  const demanded = problem("proof_of_work_required", { challenge });

  test("is computed and sent with the same request again", async () => {
    const requests = serveInTurn([403, demanded], [200, { product: "Vestibule" }]);
    const { api, dispatch } = await freshPages();
    document.cookie = "XSRF-TOKEN=pair";
    const request = { email: "alice@example.com" };
    await dispatch(api.endpoints.postAuthForgotPassword.initiate({ forgotPasswordRequest: request }));
    const [first, second] = requests;
    expect(second).toMatchObject({ method: "POST", path: first?.path, body: request });
    expect(second?.headers.get("XSRF-Token")).toBe("pair");
    expect(zeroBits(second?.headers.get("Proof-Of-Work") ?? "")).toBeGreaterThanOrEqual(9);
  });

  test("is tried once: a second demand is shown to the user", async () => {
    const requests = serveInTurn([403, demanded], [403, demanded]);
    expect(asProblem((await config()).error).code).toBe("proof_of_work_required");
    expect(requests).toHaveLength(2);
  });

  test.each([0, 1, 7, 8, 11])("has as many leading zero bits as are wanted: %i", async (bits) => {
    const answer = await solve("v1.puzzle", bits);
    expect(answer).toMatch(/^v1\.puzzle:[0-9a-z]+$/);
    expect(zeroBits(answer)).toBeGreaterThanOrEqual(bits);
  });
});

/** The leading zero bits of SHA-256, counted in another way than the pages count them. */
function zeroBits(text: string): number {
  const hash = createHash("sha256").update(text).digest("hex");
  const binary = [...hash].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
  return binary.indexOf("1");
}
