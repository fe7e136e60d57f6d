import { afterEach, beforeEach } from "vitest";

import { clear } from "./rendering";

// React's own switch for tests: updates outside `act` are reported.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

beforeEach(() => {
  localStorage.clear();
  for (const pair of document.cookie.split("; ")) document.cookie = `${pair.split("=")[0]}=; Max-Age=0`;
});

afterEach(clear);
