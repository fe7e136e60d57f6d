/**
 * Token sessions, for pages on another origin: the access token is in memory only, the refresh token in an HttpOnly
 * cookie. When several requests find the access token expired, one refresh serves all of them.
 */
import { asArgs, codeOf, plain, withHeader, type Transport } from "./http";
import { isObject } from "./problem";

let accessToken: string | undefined;
let refreshing: Promise<boolean> | undefined;

const STALE = new Set(["invalid_token", "authentication_required"]);
const NEVER_RETRIED = ["/api/auth/login", "/api/auth/refresh", "/api/auth/logout"];

export function forgetTokens(): void {
  accessToken = undefined;
}

export function keepAccessToken(token: string): void {
  accessToken = token;
}

export function hasAccessToken(): boolean {
  return accessToken !== undefined;
}

/** Refresh the tokens; concurrent calls share one request. Resolves to whether there is an access token now. */
export function refresh(api: Parameters<Transport>[1]): Promise<boolean> {
  refreshing ??= (async () => {
    const answer = await plain({ url: "/api/auth/refresh", method: "POST" }, api, {});
    accessToken = tokenIn(answer.data);
    return accessToken !== undefined;
  })().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

function tokenIn(data: unknown): string | undefined {
  const found = isObject(data) && "accessToken" in data ? data.accessToken : undefined;
  return typeof found === "string" ? found : undefined;
}

export const tokenSession: Transport = async (request, api, extra) => {
  const args = asArgs(request);
  const send = () =>
    plain(accessToken ? withHeader(args, "Authorization", `Bearer ${accessToken}`) : args, api, extra);
  const sentWith = accessToken;
  const first = await send();
  const stale = STALE.has(codeOf(first.error) ?? "") && !NEVER_RETRIED.includes(args.url);
  if (!stale) return first;
  // Another request's refresh may have finished while this answer was on its way.
  const fresh = accessToken !== undefined && accessToken !== sentWith;
  return fresh || (await refresh(api)) ? send() : first;
};
