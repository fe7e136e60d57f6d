/** Cookie sessions: the session is in an HttpOnly cookie; unsafe requests carry the CSRF token. */
import { asArgs, codeOf, plain, withHeader, type Transport } from "./http";
import { standIn } from "./problem";
import { noteActivity } from "./sessionEnd";

const SAFE = new Set(["GET", "HEAD", undefined]);
/** In place of the server's refusal: a cookie that was set a moment ago did not come back. Reloading would not help. */
const cookiesBlocked = { error: { status: 403, data: { ...standIn, code: "cookies_blocked" } } };

function xsrfCookie(): string | undefined {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith("XSRF-TOKEN="));
  return found?.slice("XSRF-TOKEN=".length) || undefined;
}

export const cookieSession: Transport = async (request, api, extra) => {
  const answer = await sendWithToken(request, api, extra);
  if (!answer.error) noteActivity();
  return answer;
};

const sendWithToken: Transport = async (request, api, extra) => {
  const args = asArgs(request);
  if (SAFE.has(args.method)) return plain(args, api, extra);
  const send = () => plain(withHeader(args, "XSRF-Token", xsrfCookie() ?? ""), api, extra);
  const restore = () => plain("/api/csrf/restore", api, extra);
  if (!xsrfCookie()) await restore();
  const first = await send();
  if (codeOf(first.error) !== "csrf_failed") return first;
  // The user signed in or out in another tab: the token belongs to the previous session.
  await restore();
  const second = await send();
  return codeOf(second.error) === "csrf_failed" ? cookiesBlocked : second;
};
