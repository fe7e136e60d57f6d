import { act } from "react";
import { Provider } from "react-redux";
import { expect, describe, test } from "vitest";

import { render, submit, type } from "./rendering";
import { freshPages, problem, serve } from "./server";

const refusal = (code: string, more: object = {}) => ({ status: 422, data: problem(code, more) });

/** A form with a name and an email, whose `send` answers with `answer`. */
async function form(answer: (values: unknown) => unknown = () => undefined) {
  serve(() => [200, { passwordMinLength: 12 }]);
  const { api, store } = await freshPages();
  await store.dispatch(api.endpoints.getConfig.initiate());
  const { useForm } = await import("../src/ui/useForm");
  const { Form } = await import("../src/ui/Form");
  const { Field } = await import("../src/ui/Field");
  const { Tick } = await import("../src/ui/Tick");
  const { Button } = await import("../src/ui/Button");
  const sent: unknown[] = [];
  const required = (value: string) => (value ? undefined : "Missing.");
  function Page() {
    const state = useForm(
      { name: "", email: "", terms: false },
      { email: required, name: required },
      async (values) => {
        sent.push(values);
        return answer(values);
      },
    );
    return (
      <Form form={state}>
        <Field label="Name" {...state.text("name")} />
        <Field label="Email" {...state.text("email")} />
        <Tick {...state.tick("terms")}>Terms</Tick>
        <Button type="submit" busy={state.busy}>
          Send
        </Button>
        <Button onClick={() => void state.run(async (values) => void sent.push([values, "alone"]), "email")}>
          Alone
        </Button>
        {state.sent ? <p>Stored.</p> : null}
      </Form>
    );
  }
  const shown = await render(
    <Provider store={store}>
      <Page />
    </Provider>,
  );
  const text = () => shown.textContent;
  const invalid = () =>
    [...shown.querySelectorAll<HTMLInputElement>("[aria-invalid]")].map(({ name }) => name);
  return { sent, text, invalid };
}

const focused = () => (document.activeElement as HTMLInputElement | null)?.name;

describe("A form", () => {
  test("sends what was typed and ticked, and says that it is stored until something is typed", async () => {
    const { sent, text } = await form();
    await type("name", "Ada");
    await type("email", "ada@example.com");
    await act(async () => document.querySelector<HTMLInputElement>("[name=terms]")?.click());
    await submit();
    expect(sent).toEqual([{ name: "Ada", email: "ada@example.com", terms: true }]);
    expect(text()).toContain("Stored.");
    await type("name", "Ada L");
    expect(text()).not.toContain("Stored.");
  });

  test("is sent once, also when a person types or presses Enter again while it is on its way", async () => {
    let answer = () => {};
    const waiting = new Promise<undefined>((resolve) => (answer = () => resolve(undefined)));
    const { sent, text } = await form(() => waiting);
    await type("name", "Ada");
    await type("email", "ada@example.com");
    await submit();
    await type("name", "Ada L");
    await submit();
    expect(sent).toHaveLength(1);
    expect(document.querySelector("[type=submit]")?.getAttribute("aria-busy")).toBe("true");
    await act(async () => answer());
    expect(text()).not.toContain("Stored.");
    await submit();
    expect(text()).toContain("Stored.");
  });

  test("can be sent again after it failed without an answer", async () => {
    const { sent } = await form(() => Promise.reject(new Error("gone")));
    await type("name", "Ada");
    await type("email", "ada@example.com");
    await submit();
    await submit();
    expect(sent).toHaveLength(2);
  });

  test("sends nothing while a rule does not hold, and goes to the first such field of the page", async () => {
    const { sent, text, invalid } = await form();
    await submit();
    expect(sent).toEqual([]);
    expect(invalid()).toEqual(["name", "email"]);
    expect(text()).toContain("Missing.");
    expect(focused()).toBe("name");
  });

  test("takes an error away as soon as it is corrected, and the focus stays", async () => {
    const { invalid } = await form();
    await submit();
    document.querySelector<HTMLInputElement>("[name=email]")?.focus();
    await type("email", "a");
    expect(invalid()).toEqual(["name"]);
    expect(focused()).toBe("email");
    await type("email", "");
    expect(invalid()).toEqual(["name"]);
  });

  test("shows what the server says about a field at the field", async () => {
    const errors = { email: "This one is taken.", name: "Too long." };
    const errorCodes = { email: "no_such_text", name: "no_such_text" };
    const { text, invalid } = await form(() => refusal("validation_failed", { errors, errorCodes }));
    await type("name", "Ada");
    await type("email", "ada@example.com");
    await submit();
    expect(invalid()).toEqual(["name", "email"]);
    expect(text()).toContain("This one is taken.");
    expect(document.querySelector("[role=alert]")).toBeNull();
    expect(focused()).toBe("name");
  });

  test("shows what it says about no field of this form above the fields, until the next try", async () => {
    const answers: unknown[] = [
      refusal("rate_limited", { errors: { message: "Later." }, errorCodes: {} }),
      refusal("validation_failed", { errors: { role: "No." }, errorCodes: { role: "invalid" } }),
      undefined,
    ];
    await form(() => answers.shift());
    await type("name", "Ada");
    await type("email", "ada@example.com");
    for (const left of [1, 1, 0]) {
      await submit();
      expect(document.querySelectorAll("[role=alert]")).toHaveLength(left);
    }
  });

  test("can be sent in another way without one of its fields", async () => {
    const { sent, invalid } = await form();
    await type("name", "Ada");
    await act(async () => document.querySelector<HTMLButtonElement>("button[type=button]")?.click());
    expect(invalid()).toEqual([]);
    expect(sent).toEqual([[{ name: "Ada", email: "", terms: false }, "alone"]]);
  });

  test("is not sent twice while it is under way", async () => {
    let finish: () => void = () => undefined;
    const { sent } = await form(() => new Promise<void>((resolve) => (finish = resolve)));
    await type("name", "Ada");
    await type("email", "ada@example.com");
    const button = document.querySelector<HTMLButtonElement>("button[type=submit]");
    await act(async () => button?.click());
    await act(async () => button?.click());
    expect(button?.getAttribute("aria-busy")).toBe("true");
    expect(sent).toHaveLength(1);
    await act(async () => finish());
    expect(button?.getAttribute("aria-busy")).toBeNull();
  });

  test("reads the minimum length of passwords where a sentence names it", async () => {
    const errorCodes = { name: "password_too_short" };
    const { text } = await form(() => refusal("validation_failed", { errors: { name: "-" }, errorCodes }));
    await type("name", "Ada");
    await type("email", "ada@example.com");
    await submit();
    expect(text()).toContain("Use at least 12 characters.");
  });
});
