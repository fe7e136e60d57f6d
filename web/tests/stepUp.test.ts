import { describe, expect, test } from "vitest";

import { asProblem } from "../src/api/problem";
import { ATTEMPT, freshPages, problem, serveInTurn, type Answer } from "./server";

const attempt = { ...ATTEMPT, methods: ["password"], steps: [{ method: "password", options: {} }] };
const tooOld: Answer = [403, problem("reauth_required", { attempt })];

async function removePassword(...answers: Answer[]) {
  document.cookie = "XSRF-TOKEN=pair";
  const requests = serveInTurn(...answers);
  const { api, dispatch } = await freshPages();
  const { onReauthentication } = await import("../src/api/stepUp");
  const run = async () => dispatch(api.endpoints.deleteAccountPassword.initiate());
  return { requests, run, onReauthentication };
}

describe("A request that needs a fresh proof", () => {
  test("is sent again once the user has proved who they are", async () => {
    const { requests, run, onReauthentication } = await removePassword(tooOld, [200, { message: "Done." }]);
    const asked: unknown[] = [];
    onReauthentication((found) => {
      asked.push(found);
      return Promise.resolve(true);
    });
    expect((await run()).data).toEqual({ message: "Done." });
    expect(asked).toEqual([attempt]);
    expect(requests.map(({ path }) => path)).toEqual(["/api/account/password", "/api/account/password"]);
  });

  test("waits for the proof", async () => {
    const { requests, run, onReauthentication } = await removePassword(tooOld, [200, {}]);
    let prove: (proved: boolean) => void = () => undefined;
    const asked = new Promise<void>((resolve) =>
      onReauthentication(() => {
        resolve();
        return new Promise((answer) => (prove = answer));
      }),
    );
    const answer = run();
    await asked;
    expect(requests).toHaveLength(1);
    prove(true);
    expect((await answer).error).toBeUndefined();
    expect(requests).toHaveLength(2);
  });

  test("is refused when the user cancels", async () => {
    const { requests, run, onReauthentication } = await removePassword(tooOld);
    onReauthentication(() => Promise.resolve(false));
    expect(asProblem((await run()).error).code).toBe("reauth_required");
    expect(requests).toHaveLength(1);
  });

  test("asks once: a second refusal is shown", async () => {
    const { requests, run, onReauthentication } = await removePassword(tooOld, tooOld);
    onReauthentication(() => Promise.resolve(true));
    expect(asProblem((await run()).error).code).toBe("reauth_required");
    expect(requests).toHaveLength(2);
  });

  test("is refused where no dialog can ask", async () => {
    const { run, onReauthentication } = await removePassword(tooOld);
    onReauthentication(() => Promise.resolve(true))();
    expect(asProblem((await run()).error).code).toBe("reauth_required");
  });

  test("leaves a newer dialog in place when an older one goes", async () => {
    const { run, onReauthentication } = await removePassword(tooOld, [200, {}]);
    const remove = onReauthentication(() => Promise.resolve(false));
    onReauthentication(() => Promise.resolve(true));
    remove();
    expect((await run()).error).toBeUndefined();
  });

  test("is not what other refusals are, even if they have an attempt", async () => {
    const { run, onReauthentication } = await removePassword([403, problem("forbidden", { attempt })]);
    onReauthentication(() => Promise.reject(new Error("asked")));
    expect(asProblem((await run()).error).code).toBe("forbidden");
  });
});
