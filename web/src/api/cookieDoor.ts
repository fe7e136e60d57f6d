/** The browser door: the session lives in an HttpOnly cookie; unsafe requests carry the CSRF token. */
import { asArgs, codeOf, plain, type Door } from "./http";
import { noteActivity } from "./sessionEnd";

const SAFE = new Set(["GET", "HEAD", undefined]);

function xsrfCookie(): string | undefined {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith("XSRF-TOKEN="));
  return found?.slice("XSRF-TOKEN=".length) || undefined;
}

export const cookieDoor: Door = async (request, api, extra) => {
  const answer = await sendWithToken(request, api, extra);
  if (!answer.error) noteActivity();
  return answer;
};

const sendWithToken: Door = async (request, api, extra) => {
  const args = asArgs(request);
  if (SAFE.has(args.method)) return plain(args, api, extra);
  const send = () => plain({ ...args, headers: { "XSRF-Token": xsrfCookie() ?? "" } }, api, extra);
  const restore = () => plain("/api/csrf/restore", api, extra);
  if (!xsrfCookie()) await restore();
  const first = await send();
  if (codeOf(first.error) !== "csrf_failed") return first;
  // Signed in or out in another tab: the token belongs to the session that was.
  await restore();
  return send();
};
