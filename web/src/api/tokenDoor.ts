/**
 * The token door, for pages on another origin: the access token lives in memory only, the refresh token in an
 * HttpOnly cookie, and however many requests find the access token expired, one refresh serves them all.
 */
import { asArgs, codeOf, plain, type Door } from "./http";

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

/** One refresh at a time; whoever comes meanwhile waits for the same one. */
export function refresh(api: Parameters<Door>[1], extra: Parameters<Door>[2]): Promise<boolean> {
  refreshing ??= (async () => {
    const answer = await plain({ url: "/api/auth/refresh", method: "POST" }, api, extra);
    accessToken = (answer.data as { accessToken?: string } | undefined)?.accessToken;
    return accessToken !== undefined;
  })().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

export const tokenDoor: Door = async (request, api, extra) => {
  const args = asArgs(request);
  const send = () =>
    plain(accessToken ? { ...args, headers: { Authorization: `Bearer ${accessToken}` } } : args, api, extra);
  const sentWith = accessToken;
  const first = await send();
  const stale = STALE.has(codeOf(first.error) ?? "") && !NEVER_RETRIED.includes(args.url);
  if (!stale) return first;
  // Somebody else's refresh may have finished while this answer was on its way.
  const fresh = accessToken !== undefined && accessToken !== sentWith;
  return fresh || (await refresh(api, extra)) ? send() : first;
};
