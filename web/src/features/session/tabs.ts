/** Notifies the other tabs of this browser of a sign-in or sign-out, so that they fetch the signed-in user again. */
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("vestibule") : undefined;

export function tellOtherTabs(): void {
  channel?.postMessage("session-changed");
}

export function whenAnotherTabChanges(react: () => void): () => void {
  channel?.addEventListener("message", react);
  return () => channel?.removeEventListener("message", react);
}
