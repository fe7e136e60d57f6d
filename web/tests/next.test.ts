import { describe, expect, test } from "vitest";

import { safeNext, withNext } from "../src/features/session/next";

describe("The target after signing in", () => {
  test.each([
    "/account/security",
    "/account?tab=1#codes",
    "/forward-auth/return?to=https%3A%2F%2Fapp.example",
  ])("is a path of these pages: %s", (path) => expect(safeNext(path)).toBe(path));

  test.each([
    null,
    "",
    "account",
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example/",
    "/\n//evil.example",
    "/.//evil.example",
    "javascript:alert(1)",
  ])("is the account page, and no other host's: %j", (path) => {
    expect(safeNext(path)).toBe("/account");
    expect(withNext("/auth/sign-in", path)).toBe("/auth/sign-in");
  });

  test("is carried along as one parameter", () => {
    expect(withNext("/auth/register", "/account?a=1&b=2")).toBe(
      "/auth/register?next=%2Faccount%3Fa%3D1%26b%3D2",
    );
  });
});
