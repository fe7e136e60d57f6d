import { act } from "react";
import { Provider } from "react-redux";
import { describe, expect, test } from "vitest";

import type { StepView } from "../src/api";
import { codeOf } from "../src/api/http";
import type { Attempt, Flow } from "../src/features/login/useAttempt";
import { render } from "./rendering";
import { ALICE, ATTEMPT, freshPages, problem, serve, serveInTurn, type Answer } from "./server";

const password: StepView = { method: "password", options: {} };
const totp: StepView = { method: "totp", options: {} };
const passkey = (challenge: string): StepView => ({
  method: "passkey",
  options: { publicKey: { challenge } },
});
const begun: Answer = [200, { status: "needs_step", attempt: ATTEMPT, steps: [password] }];
const signedIn: Answer = [200, { status: "signed_in", user: ALICE }];

/** An attempt on a page. `flow()` is what the page knows of it now, `done` who was signed in and how. */
async function attempt(answers: Answer[], resumed?: Attempt) {
  document.cookie = "XSRF-TOKEN=pair";
  const requests = serveInTurn(...answers);
  const { store } = await freshPages();
  const { useAttempt } = await import("../src/features/login/useAttempt");
  const done: unknown[] = [];
  let now: Flow | undefined;
  function Page() {
    now = useAttempt((user, method) => done.push([user.username, method]), resumed);
    return null;
  }
  await render(
    <Provider store={store}>
      <Page />
    </Provider>,
  );
  const flow = () => {
    if (!now) throw new Error("The page is not shown.");
    return now;
  };
  const run = async <Result,>(step: (flow: Flow) => Promise<Result>) => act(() => step(flow()));
  return { requests, done, flow, run };
}

describe("An attempt", () => {
  test("begins with the steps that the server offers, and has proved nothing", async () => {
    const { flow, run, requests } = await attempt([begun]);
    expect(flow().attempt).toBeUndefined();
    await run((it) => it.begin("alice"));
    expect(flow()).toMatchObject({
      attempt: { id: ATTEMPT.id, steps: [password] },
      taken: 0,
      error: undefined,
    });
    expect(requests[0]?.body).toMatchObject({ identifier: "alice" });
  });

  test("that cannot begin says why, and no more once it can", async () => {
    const { flow, run } = await attempt([[429, problem("rate_limited")], begun]);
    await run((it) => it.begin("alice"));
    expect(codeOf(flow().error)).toBe("rate_limited");
    expect(flow().attempt).toBeUndefined();
    await run((it) => it.begin("alice"));
    expect(flow().error).toBeUndefined();
  });

  test("takes no step before it has begun", async () => {
    const { run, requests } = await attempt([]);
    expect(await run((it) => it.take({ method: "password", password: "x" }))).toBeUndefined();
    await run((it) => it.ask());
    expect(await run((it) => it.renew("passkey"))).toBeUndefined();
    expect(requests).toHaveLength(0);
  });

  test("goes on after a wrong proof: the same steps, and what was wrong", async () => {
    const { flow, run, done } = await attempt([begun, [401, problem("invalid_credentials")], signedIn]);
    await run((it) => it.begin("alice"));
    expect(await run((it) => it.take({ method: "password", password: "wrong" }))).toBeUndefined();
    expect(codeOf(flow().error)).toBe("invalid_credentials");
    expect(flow()).toMatchObject({ attempt: { steps: [password] }, taken: 0 });
    expect(await run((it) => it.take({ method: "password", password: "right" }))).toBe("signed_in");
    expect(flow().error).toBeUndefined();
    expect(done).toEqual([["alice", "password"]]);
  });

  test("asks for more after the first factor, under the id that it began with", async () => {
    const { flow, run, done, requests } = await attempt([
      begun,
      [200, { status: "needs_step", steps: [totp] }],
      signedIn,
    ]);
    await run((it) => it.begin("alice"));
    expect(await run((it) => it.take({ method: "password", password: "right" }))).toBe("needs_step");
    expect(flow()).toMatchObject({ attempt: { id: ATTEMPT.id, steps: [totp] }, taken: 1 });
    expect(done).toEqual([]);
    await run((it) => it.take({ method: "totp", code: "123456", rememberDevice: true }));
    expect(requests[2]).toMatchObject({
      path: `/api/login/${ATTEMPT.id}/steps`,
      body: { method: "totp", code: "123456", rememberDevice: true },
    });
    expect(done).toEqual([["alice", "totp"]]);
  });

  test("that is over is forgotten, so that the page begins anew", async () => {
    const { flow, run } = await attempt([begun, [401, problem("invalid_attempt")]]);
    await run((it) => it.begin("alice"));
    await run((it) => it.take({ method: "password", password: "late" }));
    expect(flow().attempt).toBeUndefined();
    expect(codeOf(flow().error)).toBe("invalid_attempt");
  });

  test("waits for an email without losing its steps", async () => {
    const { flow, run, done } = await attempt([begun, [200, { status: "waiting" }]]);
    await run((it) => it.begin("alice"));
    expect(await run((it) => it.take({ method: "email_link", send: true }))).toBe("waiting");
    expect(flow()).toMatchObject({ attempt: { steps: [password] }, taken: 0 });
    expect(done).toEqual([]);
  });

  test("that was resumed has proved its first factor", async () => {
    const { flow, run, done } = await attempt([signedIn], { id: ATTEMPT.id, steps: [totp] });
    expect(flow()).toMatchObject({ attempt: { steps: [totp] }, taken: 1 });
    await run((it) => it.take({ method: "totp", code: "123456" }));
    expect(done).toEqual([["alice", "totp"]]);
  });

  test("asks in the background whether the link was opened, and shows no error of that", async () => {
    const { flow, run, done, requests } = await attempt([
      begun,
      [200, { status: "waiting" }],
      [503, problem("overloaded")],
      signedIn,
    ]);
    await run((it) => it.begin("alice"));
    await run((it) => it.ask());
    await run((it) => it.ask());
    expect(flow()).toMatchObject({ error: undefined, busy: false, attempt: { id: ATTEMPT.id } });
    await run((it) => it.ask());
    expect(requests.slice(1).map(({ body }) => body)).toEqual(Array(3).fill({ method: "email_link" }));
    expect(done).toEqual([["alice", "email_link"]]);
  });

  test("says when it was over while it asked", async () => {
    const { flow, run } = await attempt([begun, [401, problem("invalid_attempt")]]);
    await run((it) => it.begin("alice"));
    await run((it) => it.ask());
    expect(codeOf(flow().error)).toBe("invalid_attempt");
    expect(flow().attempt).toBeUndefined();
  });

  test("gets a new challenge for a passkey, and stays where it is", async () => {
    const { flow, run } = await attempt([
      [200, { status: "needs_step", attempt: ATTEMPT, steps: [passkey("first"), password] }],
      [200, { status: "needs_step", attempt: ATTEMPT, steps: [passkey("second")] }],
    ]);
    await run((it) => it.begin("alice"));
    const fresh = await run((it) => it.renew("passkey"));
    expect(fresh?.options.publicKey).toEqual({ challenge: "second" });
    expect(flow()).toMatchObject({ taken: 0, attempt: { steps: [passkey("first"), password] } });
  });

  test("says why it gets no new challenge", async () => {
    const { flow, run } = await attempt([begun, [429, problem("rate_limited")]]);
    await run((it) => it.begin("alice"));
    expect(await run((it) => it.renew("passkey"))).toBeUndefined();
    expect(codeOf(flow().error)).toBe("rate_limited");
  });

  test("forgives an error when another way is chosen", async () => {
    const { flow, run } = await attempt([begun, [401, problem("invalid_credentials")]]);
    await run((it) => it.begin("alice"));
    await run((it) => it.take({ method: "password", password: "wrong" }));
    await run((it) => Promise.resolve(it.forgive()));
    expect(flow().error).toBeUndefined();
  });

  test("is busy until its answer has come", async () => {
    const { flow, run } = await attempt([]);
    let answer: (found: Answer) => void = () => undefined;
    serve(() => new Promise((resolve) => (answer = resolve)));
    let beginning = Promise.resolve();
    await run((it) => Promise.resolve(void (beginning = it.begin("alice"))));
    expect(flow().busy).toBe(true);
    await act(async () => {
      answer(begun);
      await beginning;
    });
    expect(flow().busy).toBe(false);
  });
});
