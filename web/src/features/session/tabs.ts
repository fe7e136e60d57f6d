/** Other tabs of this browser follow a sign-in or sign-out: they ask again who is signed in. */
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("vestibule") : undefined;

export function tellOtherTabs(): void {
  channel?.postMessage("session-changed");
}

export function whenAnotherTabChanges(react: () => void): () => void {
  channel?.addEventListener("message", react);
  return () => channel?.removeEventListener("message", react);
}
