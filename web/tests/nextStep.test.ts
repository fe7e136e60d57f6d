import { describe, expect, test } from "vitest";

import type { StepView } from "../src/api";
import { chooseStep, stepOf } from "../src/features/login/nextStep";

const NO_OPTIONS = { options: {} };
const password: StepView = { method: "password", ...NO_OPTIONS };
const passkey: StepView = { method: "passkey", options: { publicKey: {} } };
const link: StepView = { method: "email_link", ...NO_OPTIONS };
const code: StepView = { method: "email_code", ...NO_OPTIONS };
const totp: StepView = { method: "totp", ...NO_OPTIONS };
const skip: StepView = { method: "skip_enrolment", options: { until: "2026-02-01T00:00:00.000000Z" } };

describe("The next step", () => {
  test("is what the server names first, with all others beside it", () => {
    expect(chooseStep([passkey, password, totp])).toEqual({
      step: passkey,
      others: [password, totp],
      skip: undefined,
    });
  });

  test("is the first wish that is offered", () => {
    expect(chooseStep([passkey, password, link], undefined, "totp", "email_link", "password").step).toBe(
      link,
    );
  });

  test("is never a method that was remembered but is not offered", () => {
    expect(chooseStep([password], "passkey").step).toBe(password);
  });

  test("is the code of an email that has a link, too: one page serves both", () => {
    const { step, others } = chooseStep([link, password, code], "email_link");
    expect(step).toBe(password);
    expect(others).toEqual([code]);
  });

  test("is the link where the email has no code", () => {
    expect(chooseStep([password, link], "email_link").step).toBe(link);
  });

  test("is not to put an enrolment off, which stands beside it", () => {
    const enrolment: StepView = {
      method: "totp_enrolment",
      options: { secret: "A", uri: "otpauth:A", qr: "<svg/>" },
    };
    expect(chooseStep([skip, enrolment], "skip_enrolment")).toEqual({ step: enrolment, others: [], skip });
  });

  test.each([
    "password",
    "passkey",
    "passkey_enrolment",
    "totp",
    "totp_enrolment",
    "recovery_code",
    "email_code",
    "email_link",
    "factor_recovery",
  ])("may be %s", (method) => {
    const offered = { method, options: {} } as StepView;
    expect(chooseStep([offered]).step).toBe(offered);
  });

  test("is none of a newer server's methods that these pages do not know", () => {
    const unknown = { method: "carrier_pigeon", options: {} } as unknown as StepView;
    expect(chooseStep([unknown, password], "carrier_pigeon")).toMatchObject({ step: password, others: [] });
    expect(chooseStep([unknown]).step).toBeUndefined();
  });

  test("is found by its method, with the options that this method has", () => {
    expect(stepOf([password, passkey], "passkey")?.options.publicKey).toEqual({});
    expect(stepOf([password], "passkey")).toBeUndefined();
  });
});
