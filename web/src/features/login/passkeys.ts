/** Passkeys in this browser. The library is loaded on demand, so that the sign-in page stays small. */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser";

import type { MethodsView } from "../../api";

const library = () => import("@simplewebauthn/browser");
const OFFER = "vestibule.passkey-offer";

export const supportsPasskeys = typeof PublicKeyCredential !== "undefined";

/** The browser's answer; undefined when the user cancels, which is no error. */
export async function provePasskey(
  options: object,
  autofill = false,
): Promise<AuthenticationResponseJSON | undefined> {
  const { startAuthentication } = await library();
  const optionsJSON = options as PublicKeyCredentialRequestOptionsJSON;
  return unlessCancelled(() => startAuthentication({ optionsJSON, useBrowserAutofill: autofill }));
}

export async function makePasskey(options: object, silently = false): Promise<object | undefined> {
  const { startRegistration } = await library();
  const optionsJSON = options as PublicKeyCredentialCreationOptionsJSON;
  return unlessCancelled(() => startRegistration({ optionsJSON, useAutoRegister: silently }));
}

export async function canAutofill(): Promise<boolean> {
  return supportsPasskeys && ((await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false);
}

export async function stopAutofill(): Promise<void> {
  (await library()).WebAuthnAbortService.cancelCeremony();
}

export async function hasOwnAuthenticator(): Promise<boolean> {
  return supportsPasskeys && (await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable());
}

export async function canMakeSilently(): Promise<boolean> {
  const { getBrowserCapabilities } = await library();
  return (await getBrowserCapabilities()).conditionalCreate === "supported";
}

/** Signal API: tells the password manager that the server does not know this passkey, which these options asked for. */
export async function signalUnknown(options: object, credentialID: string): Promise<void> {
  const { sendSignal } = await library();
  const rpID = (options as PublicKeyCredentialRequestOptionsJSON).rpId ?? location.hostname;
  await quietly(() => sendSignal({ signalName: "unknownCredential", rpID, credentialID }));
}

export async function signalAll(methods: MethodsView, userName: string): Promise<void> {
  const { sendSignal, bufferToBase64URLString } = await library();
  const rpID = methods.rpId;
  const userID = bufferToBase64URLString(new TextEncoder().encode(methods.userHandle).buffer);
  const allAcceptedCredentialIDs = methods.passkeys.map((passkey) => passkey.credentialId);
  await quietly(() =>
    sendSignal({ signalName: "allAcceptedCredentials", rpID, userID, allAcceptedCredentialIDs }),
  );
  await quietly(() => sendSignal({ signalName: "currentUserDetails", rpID, userID, userName }));
}

export function mayOffer(): boolean {
  return localStorageGet(OFFER) === null;
}

export function offered(answer: "later" | "never"): void {
  try {
    localStorage.setItem(OFFER, answer);
  } catch {
    // Storage is blocked: the offer will be repeated.
  }
}

function localStorageGet(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return "blocked";
  }
}

const CANCELLED = new Set(["NotAllowedError", "AbortError"]);

async function unlessCancelled<Answer>(ceremony: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ceremony();
  } catch (error) {
    const name = error instanceof Error ? ((error.cause as Error | undefined)?.name ?? error.name) : "";
    if (CANCELLED.has(name) || (error instanceof Error && CANCELLED.has(error.name))) return undefined;
    throw error;
  }
}

async function quietly(signal: () => Promise<unknown>): Promise<void> {
  try {
    await signal();
  } catch {
    // A signal is only a hint: an authenticator that does not support it still works.
  }
}
