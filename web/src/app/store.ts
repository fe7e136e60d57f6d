import { configureStore, isRejectedWithValue, type Middleware } from "@reduxjs/toolkit";
import { setupListeners } from "@reduxjs/toolkit/query";
import { useDispatch } from "react-redux";

import { api } from "../api";
import { codeOf } from "../api/http";

const SIGNED_OUT = new Set(["authentication_required", "invalid_token"]);

/** When a request shows that the session has ended: fetch the signed-in user again, so that RequireUser reacts. */
const noticeEnd: Middleware =
  ({ dispatch }) =>
  (next) =>
  (action) => {
    const result = next(action);
    if (isRejectedWithValue(action) && SIGNED_OUT.has(codeOf(action.payload) ?? "")) {
      dispatch(api.util.invalidateTags(["User"]));
    }
    return result;
  };

export const store = configureStore({
  reducer: { [api.reducerPath]: api.reducer },
  middleware: (defaults) => defaults().concat(api.middleware, noticeEnd),
});
setupListeners(store.dispatch);

export const useAppDispatch = useDispatch.withTypes<typeof store.dispatch>();
