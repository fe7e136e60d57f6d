/** The one way to the API. Which door is a build setting; everything above is the same for both. */
import { createApi } from "@reduxjs/toolkit/query/react";

import { door } from "../app/config";
import { cookieDoor } from "./cookieDoor";
import { withStepUp } from "./stepUp";
import { tokenDoor } from "./tokenDoor";

export const api = createApi({
  reducerPath: "api",
  baseQuery: withStepUp(door === "token" ? tokenDoor : cookieDoor),
  endpoints: () => ({}),
});
