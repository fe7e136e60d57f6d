/** The API client. The session type is a build setting; all other modules are the same for both types. */
import { createApi } from "@reduxjs/toolkit/query/react";

import { sessionType } from "../app/config";
import { cookieSession } from "./cookieSession";
import { withStepUp } from "./stepUp";
import { tokenSession } from "./tokenSession";

export const api = createApi({
  reducerPath: "api",
  baseQuery: withStepUp(sessionType === "token" ? tokenSession : cookieSession),
  endpoints: () => ({}),
});
